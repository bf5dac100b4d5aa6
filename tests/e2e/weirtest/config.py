# SPDX-License-Identifier: Apache-2.0
"""A configuration for tests of processes, to which it matters little what is served."""


def config(weir, more="", main=""):
    return f"""
        [main]
        worker_processes = 2
        error_log = stderr info
        pid = weir.pid
        {main}
        [metrics]
        listen = {weir.address("metrics")}
        [server main]
        listen = {weir.address()}
        [location /]
        return = 200 ok
        {more}
    """


def proxied(address):
    return f"[location /app]\nproxy_pass = http://{address}"

# SPDX-License-Identifier: Apache-2.0
"""allow and deny: the first match decides."""


def get_from(weir, source, target="/"):
    with weir.connect(source=(source, 0)) as client:
        return client.get(target).status


def test_first_match_decides(weir):
    weir.start(f"""
        [server main]
        listen = {weir.address()}
        deny = 127.0.0.2
        allow = 127.0.0.0/29
        deny = all
        [location /]
        return = 200 ok
    """)
    assert get_from(weir, "127.0.0.1") == 200
    assert get_from(weir, "127.0.0.2") == 403
    assert get_from(weir, "127.0.0.9") == 403


def test_rules_hold_for_the_proxy(weir, backend):
    app = backend()
    weir.start(f"""
        [server main]
        listen = {weir.address()}
        [location /]
        allow = 127.0.0.1
        deny = all
        proxy_pass = http://{app.address}
    """)
    assert get_from(weir, "127.0.0.1") == 200
    assert get_from(weir, "127.0.0.2") == 403
    assert len(app.requests) == 1


def test_location_replaces_inherited_rules(weir, backend):
    app = backend()
    weir.start(f"""
        [http]
        deny = all
        [server main]
        listen = {weir.address()}
        [location /open]
        allow = all
        proxy_pass = http://{app.address}
        [location /]
        proxy_pass = http://{app.address}
    """)
    assert weir.get("/open").status == 200
    assert weir.get("/").status == 403


def test_connection_lives_on_after_403(weir):
    weir.start(f"""
        [server main]
        listen = {weir.address()}
        [location /no]
        deny = all
        return = 200 never
        [location /]
        return = 200 ok
    """)
    with weir.connect() as client:
        assert client.get("/").status == 200
        answer = client.get("/no")
        assert client.get("/").status == 200 or answer.get("Connection") == "close"

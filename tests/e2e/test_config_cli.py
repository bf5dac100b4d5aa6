# SPDX-License-Identifier: Apache-2.0
"""The command line and the configuration file: -t -T -s -v -V -h -g -q, and hostile files."""
import resource

import pytest
from weirtest.wait import SLOWNESS


def check(weir, config, *arguments):
    path = weir.write(config) if isinstance(config, str) else weir.config_path
    if isinstance(config, bytes):
        path.write_bytes(config)
    return weir.run("-t", "-c", path, *arguments)


GOOD = """
[server main]
listen = 127.0.0.1:18080
[location /]
return = 200 ok
"""


def test_good_file(weir):
    result = check(weir, GOOD)
    assert result.returncode == 0, result.stderr
    assert "weir.ini" in result.stderr + result.stdout


def test_quiet(weir):
    result = check(weir, GOOD, "-q")
    assert (result.returncode, result.stdout, result.stderr) == (0, "", "")


def test_every_error_in_one_run_with_place_and_nearest_name(weir):
    weir.config_path.write_text("\n".join([
        "[htpp]",                            # 1
        "[http]",
        "keepalive_timeot = 5s",             # 3
        "client_max_body_size = 5x",         # 4
        "send_timeout = soon",               # 5
        "keepalive_requests = 5",
        "keepalive_requests = 6",            # 7
        "[server main]",
        "listen = nowhere:80:80",            # 9
        "[location ~ (]",                    # 10
        "return = 99 x",                     # 11
        "[location /]",
        "proxy_pass = ftp://x",              # 13
        "add_header = X",                    # 14
        "gzipp",                             # 15
    ]) + "\n")
    result = weir.run("-t", "-c", weir.config_path)
    assert result.returncode == 1
    for line in (1, 3, 4, 5, 7, 9, 10, 11, 13, 14, 15):
        assert f"weir.ini:{line}:" in result.stderr, f"line {line} in\n{result.stderr}"
    for near in ("http", "keepalive_timeout"):
        assert near in result.stderr


def test_missing_file(weir):
    result = weir.run("-t", "-c", "/nonexistent/weir.ini")
    assert result.returncode == 1 and "/nonexistent/weir.ini" in result.stderr


def test_default_file_is_conf_weir_ini_under_the_prefix(weir):
    (weir.prefix / "conf").mkdir()
    (weir.prefix / "conf" / "weir.ini").write_text(GOOD)
    assert weir.run("-t").returncode == 0


def test_effective_configuration(weir):
    weir.write(GOOD + "keepalive_timeout = 33s\n")
    result = weir.run("-T", "-c", weir.config_path)
    assert result.returncode == 0
    assert "33" in result.stdout and "weir.ini:" in result.stdout
    for name in ("proxy_connect_timeout", "client_max_body_size", "worker_processes"):
        assert name in result.stdout, "defaults included"


def test_effective_configuration_is_a_configuration(weir):
    weir.write(GOOD)
    result = weir.run("-T", "-c", weir.config_path)
    weir.config_path.write_text(result.stdout)
    again = weir.run("-t", "-c", weir.config_path)
    assert again.returncode == 0, again.stderr


def test_version_and_help(weir):
    result = weir.run("-v")
    assert result.returncode == 0 and "weir" in (result.stdout + result.stderr)
    result = weir.run("-V")
    assert result.returncode == 0 and "revision" in (result.stdout + result.stderr)
    result = weir.run("-h")
    assert result.returncode == 0
    for option in ("-c", "-p", "-t", "-T", "-s", "-g"):
        assert option in result.stdout + result.stderr


@pytest.mark.parametrize("arguments", [["-x"], ["-s"], ["-s", "jump"], ["-c"], ["stray"]])
def test_wrong_command_lines(weir, arguments):
    result = weir.run(*arguments)
    assert result.returncode == 1 and result.stderr


def test_override(weir):
    weir.write(GOOD)
    result = weir.run("-T", "-c", weir.config_path, "-g", "worker_processes = 7")
    assert "worker_processes = 7" in result.stdout
    result = weir.run("-t", "-c", weir.config_path, "-g", "worker_procesess = 7")
    assert result.returncode == 1 and "worker_processes" in result.stderr


# ---- the language ----

def test_lexical_rules(weir):
    """Comments, indentation, quotes, continuation, CRLF, a byte order mark."""
    path = weir.config_path
    path.write_bytes(b"\xef\xbb\xbf# comment\r\n; another\r\n   [server main]\r\n\t listen = " +
                     weir.address().encode() +
                     b"\r\n   [location /]\r\n return = 200 \\\r\n   \"a \\\"b\\\" # ; c\"\r\n")
    weir.start(path.read_text(encoding="utf-8-sig"))
    path.write_bytes(path.read_bytes())
    assert weir.get("/").text == 'a "b" # ; c'


def test_include(weir):
    (weir.prefix / "sites").mkdir()
    for name in ("a", "b"):
        (weir.prefix / "sites" / f"{name}.ini").write_text(f"""
            [server {name}]
            listen = {weir.address(name)}
            [location /]
            return = 200 {name}
        """)
    weir.start("[http]\ninclude = sites/*.ini\n# " + " ".join(f"listen = {weir.address(n)}" for n in "ab"))
    from weirtest.wait import until
    for name in "ab":
        def served():
            try:
                return weir.get("/", name=name).text == name
            except ConnectionRefusedError:
                return False
        until(served, f"server {name}")


def test_include_errors_name_the_included_file(weir):
    (weir.prefix / "more.ini").write_text("[server x]\nnonsense = 1\n")
    result = check(weir, GOOD + "include = more.ini\n")
    assert result.returncode == 1 and "more.ini:2:" in result.stderr


def test_missing_include(weir):
    result = check(weir, GOOD + "include = missing.ini\n")
    assert result.returncode == 1 and "missing.ini" in result.stderr
    assert check(weir, GOOD + "include = missing/*.ini\n").returncode == 0, "an empty pattern is fine"


def test_include_loop(weir):
    (weir.prefix / "a.ini").write_text("include = b.ini\n")
    (weir.prefix / "b.ini").write_text("include = a.ini\n")
    result = check(weir, GOOD + "include = a.ini\n")
    assert result.returncode == 1 and "include" in result.stderr


def test_environment(weir):
    config = GOOD.replace("127.0.0.1:18080", weir.address()).replace(
        "200 ok", '200 "${env.WEIR_TEST_A} ${env.WEIR_TEST_B:-default}"')
    weir.start(config, env={"WEIR_TEST_A": "value"})
    assert weir.get("/").text == "value default"


def test_missing_environment_is_an_error(weir):
    result = check(weir, GOOD.replace("200 ok", "200 ${env.WEIR_NO_SUCH}"))
    assert result.returncode == 1 and "WEIR_NO_SUCH" in result.stderr


def test_unknown_variable_is_an_error(weir):
    result = check(weir, GOOD.replace("200 ok", "200 $no_such_variable"))
    assert result.returncode == 1 and "no_such_variable" in result.stderr


def test_unknown_log_format_is_an_error(weir):
    result = check(weir, "[http]\naccess_log = a.log nosuch\n" + GOOD)
    assert result.returncode == 1 and "nosuch" in result.stderr


def test_inline_comment_is_warned_about(weir):
    result = check(weir, GOOD + "keepalive_timeout = 5s\nadd_header = X \"a\" # not a comment\n")
    assert "weir.ini:" in result.stderr and "warning" in result.stderr.lower()


@pytest.mark.parametrize("config", [
    "listen = 80\n", "[server]\nlisten = 80\n", "[server a]\n[server a]\n", "[upstream a]\n",
    "[server a\nlisten = 80\n",
    "[location /]\nreturn = 200 x\n", "[server a]\nlisten = 80 80\n", "[server a]\nlisten = 99999\n",
    "[upstream a]\nserver = 127.0.0.1:80 weight=0\n", "[upstream a]\nserver = 127.0.0.1:80 wieght=1\n",
    "[main]\nworker_processes = -1\n", "[main]\nworker_processes = 100000\n", "[http]\nkeepalive_timeout = 5parsecs\n",
    "[server a]\nserver_name = ~(\n", "[http]\nadd_header = X \"unclosed\n", "= 5\n", "[http]\n= 5\n",
    "[http]\nnoequals\n",
    "[server a]\nlisten = 127.0.0.1:80 default_server\n[server b]\nlisten = 127.0.0.1:80 default_server\n",
    "[stream s]\nlisten = 127.0.0.1:81\nproxy_pass = 127.0.0.1\n",
])
def test_mistakes(weir, config):
    result = check(weir, config if config.startswith("[main]") else "[main]\n" + config)
    assert result.returncode == 1 and "weir.ini:" in result.stderr


@pytest.mark.parametrize("config", [
    "[server a]\nlisten = 127.0.0.1:{port}\n[location /]\nreturn = 200 x\n[location /]\nreturn = 200 y\n",
    "[server a]\nlisten = 127.0.0.1:{port}\nreturn = 200 x\n[metrics]\nlisten = 127.0.0.1:{port}\n",
])
def test_a_mistake_is_said_once(weir, config):
    result = check(weir, "[main]\n" + config.format(port=weir.address().rpartition(":")[2]))
    lines = [line for line in result.stderr.splitlines() if "weir.ini:" in line or "listens" in line]
    assert len(lines) == 1 and "weir.ini:" in lines[0], result.stderr


# ---- hostile files ----

def cpu_of_children():
    used = resource.getrusage(resource.RUSAGE_CHILDREN)
    return used.ru_utime + used.ru_stime


def quickly(weir, config, limit=4.0):
    """In less than a second of processor time where a core is one's own; the limit is for cores that are shared."""
    before = cpu_of_children()
    result = check(weir, config)
    assert cpu_of_children() - before < limit * SLOWNESS
    assert result.returncode in (0, 1)
    return result


def test_one_megabyte_line(weir):
    result = quickly(weir, b"[http]\nadd_header = X " + b"a" * (1 << 20) + b"\n[server x]\nnonsense = 1\n")
    assert result.returncode == 1 and "weir.ini:2:" in result.stderr and "weir.ini:4:" in result.stderr


def test_line_of_the_greatest_length(weir):
    good = b"[http]\nadd_header = X " + b"a" * 60000 + b"\n" + GOOD.encode()
    assert quickly(weir, good).returncode == 0


def test_nul_bytes(weir):
    result = quickly(weir, b"[http]\nkeepalive_requests = 5\x0000\n" + GOOD.encode())
    assert result.returncode == 1 and "weir.ini:2:" in result.stderr


def test_ten_thousand_sections(weir):
    config = "[main]\nworker_processes = 1\n" + "".join(
        f"[server s{n}]\nlisten = 127.0.0.1:18080\nserver_name = s{n}.test\n[location /]\nreturn = 200 x\n"
        for n in range(5000))
    assert quickly(weir, config).returncode == 0


def test_ten_thousand_errors(weir):
    result = quickly(weir, "[main]\n" + "nonsense = 1\n" * 10000)
    assert result.returncode == 1


def test_binary_file(weir):
    assert quickly(weir, bytes(range(256)) * 1000).returncode == 1


def test_folder_as_file(weir):
    assert weir.run("-t", "-c", weir.prefix).returncode == 1


def test_empty_file(weir):
    quickly(weir, b"")

# SPDX-License-Identifier: Apache-2.0
"""[map] for requests; tests of streams are in test_stream_routing.py."""
from weirtest.backend import answering


def serving(weir, maps, value="$made", more="return = 200 [$made]"):
    weir.start(f"""
        [server main]
        listen = {weir.address()}
        [location /]
        {more}
        {maps}
    """)


def test_texts_patterns_and_the_default_in_nginxs_precedence(weir):
    serving(weir, r"""
        [map $arg_x $made]
        case = ~^a(?<rest>.*)$ pattern-$rest
        case = ~*^B(.)$ group-$1-$request_method
        case = abc exact
        case = "" nothing
        case = \~odd tilde
        default = other
    """)
    for given, made in [("abc", "exact"), ("ABC", "exact"), ("abd", "pattern-bd"), ("bQ", "group-Q-GET"),
                        ("", "nothing"), ("~odd", "tilde"), ("zzz", "other")]:
        assert weir.get(f"/?x={given}").body.decode() == f"[{made}]", given


def test_names_with_a_star_choose_a_server(weir, backend):
    one, two = backend(answering(b"one")), backend(answering(b"two"))
    serving(weir, f"""
        [upstream one]
        server = {one.address}
        [upstream two]
        server = {two.address}
        [map $host $made]
        hostnames = on
        case = .example.com one
        default = two
    """, more="proxy_pass = http://$made")
    for host, made in [("example.com", b"one"), ("www.example.com", b"one"), ("example.org", b"two")]:
        with weir.connect() as client:
            assert client.request("GET", "/", host=host).read().body == made


def test_a_map_may_use_others_and_keep_what_they_need(weir, backend):
    serving(weir, """
        [map $kind-$arg_y $made]
        case = big-1 yes
        default = no
        [map $arg_x $kind]
        case = ~^..... big
        default = small
    """)
    assert weir.get("/?x=abcdef&y=1").body == b"[yes]"
    assert weir.get("/?x=abc&y=1").body == b"[no]"


def test_one_map_serves_requests_and_streams(weir, backend):
    weir.start(f"""
        [server main]
        listen = {weir.address()}
        [location /]
        return = 200 $made
        [stream text]
        listen = {weir.address('stream')}
        return = $made
        [map $remote_addr $made]
        case = ~^127\\. local
        default = far
    """)
    assert weir.get("/").body == b"local"
    with weir.connect("stream") as client:
        assert client.socket.recv(100) == b"local"


def complaint(weir, text):
    path = weir.write(f"[server a]\nlisten = 127.0.0.1:1\n[location /]\nreturn = 200 $made\n{text}\n")
    run = weir.run("-t", "-c", path)
    assert run.returncode == 1
    return run.stderr


def test_what_is_wrong_is_said(weir):
    assert "missing closing parenthesis" in complaint(weir, "[map $arg_x $made]\ncase = ~( x")
    assert 'unknown variable "$protocl"' in complaint(weir, "[map $protocl $made]\ncase = a x")
    assert "leads back to itself" in complaint(weir, "[map $made $made]\ncase = a x")
    assert "is a variable of weir's own" in complaint(weir, "[map $arg_x $uri]\ncase = a x\n[map $uri $made]")
    assert 'unknown variable "$nothing"' in complaint(weir, "[map $arg_a $made]\n[map $nothing $unused]\ncase = a x")
    assert "another [map] makes $made" in complaint(weir, "[map $arg_a $made]\n[map $arg_b $made]")
    assert "must be among the first" in complaint(
        weir, "[map $arg_a $made]\ncase = ~" + 16 * "()" + "(?<late>x) y")

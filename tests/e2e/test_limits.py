# SPDX-License-Identifier: Apache-2.0
"""What is too long, too many or too large is refused with its own status."""
from weirtest.backend import answering, echo
from weirtest.client import chunks


def proxying(weir, app, more):
    return weir.start(f"""
        [http]
        {more}
        [server main]
        listen = {weir.address()}
        [location /]
        proxy_pass = http://{app.address}
    """)


def test_body_too_large_by_its_length(weir, backend):
    """S-31: refused at once; the backend is not asked."""
    app = backend(echo)
    proxying(weir, app, "client_max_body_size = 10")
    with weir.connect() as client:
        assert client.request("POST", "/", "Content-Length: 11").read("POST").status == 413
    assert app.requests == []


def test_body_at_the_limit_passes(weir, backend):
    proxying(weir, backend(echo), "client_max_body_size = 10")
    assert weir.connect().post("/", b"0123456789").body == b"0123456789"
    with weir.connect() as client:
        client.request("POST", "/", "Transfer-Encoding: chunked").send(chunks(b"01234", b"56789"))
        assert client.read("POST").body == b"0123456789"


def test_chunked_body_too_large(weir, backend):
    proxying(weir, backend(echo), "client_max_body_size = 10")
    with weir.connect() as client:
        client.request("POST", "/", "Transfer-Encoding: chunked").send(chunks(b"01234", b"567890"))
        assert client.read("POST").status == 413


def test_expectation_of_a_body_too_large_is_refused_first(weir, backend):
    """S-32: no 100 Continue before the 413."""
    proxying(weir, backend(echo), "client_max_body_size = 10")
    with weir.connect() as client:
        answer = client.request("POST", "/", "Expect: 100-continue", "Content-Length: 11").read("POST")
        assert answer.status == 413 and answer.interim == []


def test_limit_of_the_location_wins(weir, backend):
    app = backend(echo)
    weir.start(f"""
        [server main]
        listen = {weir.address()}
        client_max_body_size = 10
        [location /]
        proxy_pass = http://{app.address}
        [location /large]
        client_max_body_size = 0
        proxy_pass = http://{app.address}
    """)
    assert weir.connect().post("/", b"x" * 100).status == 413
    assert weir.connect().post("/large", b"x" * 3000000).status == 200


def test_request_line_too_long(weir, backend):
    proxying(weir, backend(), "large_client_header_buffers = 2 1k")
    with weir.connect() as client:
        assert client.get("/" + "a" * 2000).status == 414
        assert client.ended()


def test_field_too_long(weir, backend):
    proxying(weir, backend(), "large_client_header_buffers = 2 1k")
    with weir.connect() as client:
        assert client.get("/", "X: " + "a" * 2000).status == 431
        assert client.ended()


def test_all_fields_together_too_long(weir, backend):
    proxying(weir, backend(), "client_header_buffer_size = 1k\nlarge_client_header_buffers = 2 1k")
    with weir.connect() as client:
        assert client.get("/", *[f"X-{i}: {'a' * 500}" for i in range(20)]).status == 431
        assert client.ended()


def test_too_many_fields(weir, backend):
    proxying(weir, backend(answering()), "max_headers = 20")
    assert weir.get("/", *[f"X-{i}: 1" for i in range(10)]).status == 200
    with weir.connect() as client:
        assert client.get("/", *[f"X-{i}: 1" for i in range(30)]).status == 431
        assert client.ended()


def test_large_heads_pass_within_the_limits(weir, backend):
    app = backend(answering())
    proxying(weir, app, "client_header_buffer_size = 1k\nlarge_client_header_buffers = 4 8k")
    with weir.connect() as client:
        for size in (100, 900, 1100, 4000, 7000, 100):
            assert client.get("/" + "u" * size, f"X-Long: {'v' * size}").status == 200
            assert (len(app.last.target), len(app.last.get("X-Long"))) == (size + 1, size)


def test_response_head_too_big(weir, backend):
    proxying(weir, backend(answering(b"", "X: " + "a" * 9000)), "proxy_buffer_size = 4k")
    assert weir.get("/").status == 502


def test_response_head_up_to_16k_passes_by_default(weir, backend):
    proxying(weir, backend(answering(b"ok", "X: " + "a" * 15000)), "")
    assert len(weir.get("/").get("X")) == 15000

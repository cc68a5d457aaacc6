"""An OIDC issuer over HTTP: a page to sign in on, real keys, and an eye on everything a public client must send."""

from __future__ import annotations

import base64
import hashlib
import json
import threading
import time
from typing import Any
from urllib.parse import urlencode

import jwt
import uvicorn
from cryptography.hazmat.primitives.asymmetric import rsa
from jwt.algorithms import RSAAlgorithm
from starlette.applications import Starlette
from starlette.middleware import Middleware
from starlette.middleware.cors import CORSMiddleware
from starlette.requests import Request
from starlette.responses import HTMLResponse, JSONResponse, RedirectResponse, Response
from starlette.routing import Route

from tests.ports import free_port

CLIENT = "wenda-console"
_KEY = rsa.generate_private_key(public_exponent=65537, key_size=2048)
_FORM = """<!doctype html><html lang="zh"><title>机构登录</title><h1>示范机构登录</h1>
<form method="post"><button>以编辑身份登录</button></form><p><a href="{refuse}">取消</a></p></html>"""


class FakeIdp:
    """`with FakeIdp(web_origin) as idp`. roles: of whoever signs in. lives_s: of its tokens. swap_nonce: its ID tokens
    are somebody else's. away: it answers nobody."""

    def __init__(self, web_origin: str) -> None:
        self.roles = ["editor", "other-system"]
        self.lives_s = 3600.0
        self.swap_nonce = False
        self.away = False
        self.asked: list[dict[str, str]] = []
        self._codes: dict[str, dict[str, str]] = {}
        self._keys: dict[str, Any] = {**json.loads(RSAAlgorithm.to_jwk(_KEY.public_key())), "kid": "k", "use": "sig"}
        port = free_port()
        self.url = f"http://127.0.0.1:{port}"
        routes = [
            Route("/.well-known/openid-configuration", self._about),
            Route("/keys", self._listed),
            Route("/authorize", self._authorize, methods=["GET", "POST"]),
            Route("/token", self._token, methods=["POST"]),
        ]
        cors = Middleware(CORSMiddleware, allow_origins=[web_origin], allow_methods=["GET", "POST"])
        self._server = uvicorn.Server(
            uvicorn.Config(Starlette(routes=routes, middleware=[cors]), port=port, log_level="critical")
        )
        self._thread = threading.Thread(target=self._server.run, daemon=True)

    def __enter__(self) -> FakeIdp:
        self._thread.start()
        while not self._server.started:
            time.sleep(0.01)
        return self

    def __exit__(self, *_: object) -> None:
        self._server.should_exit = True
        self._thread.join(timeout=60)

    async def _about(self, _: Request) -> Response:
        if self.away:
            return Response(status_code=503)
        return JSONResponse(
            {
                "issuer": self.url,
                "authorization_endpoint": f"{self.url}/authorize",
                "token_endpoint": f"{self.url}/token",
                "jwks_uri": f"{self.url}/keys",
            }
        )

    async def _listed(self, _: Request) -> Response:
        return JSONResponse({"keys": [{**self._keys, "alg": "RS256"}]})

    async def _authorize(self, request: Request) -> Response:
        """GET shows the page; pressing its button gives a code for what was asked."""
        asked = dict(request.query_params)
        back = asked["redirect_uri"]
        if request.method == "GET":
            self.asked.append(asked)
            wanted = {"response_type": "code", "client_id": CLIENT, "code_challenge_method": "S256"}
            if any(asked.get(name) != value for name, value in wanted.items()) or "client_secret" in asked:
                return Response("not a public client's request", 400)
            refuse = f"{back}?{urlencode({'error': 'access_denied', 'state': asked['state']})}"
            return HTMLResponse(_FORM.format(refuse=refuse.replace("&", "&amp;")))
        code = hashlib.sha256(f"{asked['state']}{time.monotonic()}".encode()).hexdigest()
        self._codes[code] = asked
        return RedirectResponse(f"{back}?{urlencode({'code': code, 'state': asked['state']})}", 303)

    async def _token(self, request: Request) -> Response:
        form = await request.form()
        asked = self._codes.pop(str(form.get("code")), None)  # each code is good once
        digest = hashlib.sha256(str(form.get("code_verifier")).encode()).digest()
        challenge = base64.urlsafe_b64encode(digest).rstrip(b"=").decode()
        same = asked is not None and all(form.get(name) == asked[name] for name in ("client_id", "redirect_uri"))
        if asked is None or not same or challenge != asked["code_challenge"] or "client_secret" in form:
            return JSONResponse({"error": "invalid_grant"}, 400)
        now = time.time()
        common = {"iss": self.url, "sub": "u-1729", "iat": now, "exp": now + self.lives_s}
        access = {**common, "aud": "wenda", "tenant": "demo", "roles": self.roles}
        nonce = "another" if self.swap_nonce else asked["nonce"]
        identity = {**common, "aud": CLIENT, "nonce": nonce, "name": "示范编辑"}
        return JSONResponse(
            {"access_token": self._signed(access), "id_token": self._signed(identity), "token_type": "Bearer"}
        )

    def _signed(self, claims: dict[str, Any]) -> str:
        return jwt.encode(claims, _KEY, algorithm="RS256", headers={"kid": "k"})

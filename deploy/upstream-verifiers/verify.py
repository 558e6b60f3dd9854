"""Gives the claims of a Txn-Token, or raises jwt.InvalidTokenError. Needs PyJWT and cryptography."""
import jwt


class Verifier:
    def __init__(self, keys, issuer, audience):
        """keys: URL of the gateway's JWK set."""
        self.keys, self.issuer, self.audience = jwt.PyJWKClient(keys), issuer, audience

    def verify(self, token, method, path):
        if jwt.get_unverified_header(token).get("typ") != "txntoken+jwt":
            raise jwt.InvalidTokenError("no transaction token")
        claims = jwt.decode(
            token,
            self.keys.get_signing_key_from_jwt(token).key,
            algorithms=["ES256", "ES384", "PS256", "PS512", "EdDSA"],
            issuer=self.issuer,
            audience=self.audience,
            leeway=5,
            options={"require": ["exp", "iat", "txn", "sub", "scope"]},
        )
        if (claims["tctx"]["method"], claims["tctx"]["path"]) != (method, path):
            raise jwt.InvalidTokenError("for another request")
        return claims


if __name__ == "__main__":
    import json
    import sys

    keys, issuer, audience, method, path = sys.argv[1:]
    verifier = Verifier(keys, issuer, audience)
    for line in sys.stdin:
        try:
            print(json.dumps(verifier.verify(line.strip(), method, path)))
        except (jwt.PyJWTError, KeyError) as problem:
            print(json.dumps({"refused": f"{type(problem).__name__}: {problem}"}))

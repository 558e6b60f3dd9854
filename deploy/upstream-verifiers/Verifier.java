// Needs com.nimbusds:nimbus-jose-jwt.
import com.nimbusds.jose.JOSEObjectType;
import com.nimbusds.jose.JWSAlgorithm;
import com.nimbusds.jose.jwk.source.JWKSourceBuilder;
import com.nimbusds.jose.proc.*;
import com.nimbusds.jwt.JWTClaimsSet;
import com.nimbusds.jwt.proc.*;
import java.net.URL;
import java.util.*;

public final class Verifier {
  private final DefaultJWTProcessor<SecurityContext> processor = new DefaultJWTProcessor<>();

  /** keys: URL of the gateway's JWK set. */
  public Verifier(URL keys, String issuer, String audience) {
    var algorithms = Set.of(JWSAlgorithm.ES256, JWSAlgorithm.ES384, JWSAlgorithm.PS256, JWSAlgorithm.PS512);
    var source = JWKSourceBuilder.<SecurityContext>create(keys).build();
    processor.setJWSTypeVerifier(new DefaultJOSEObjectTypeVerifier<>(new JOSEObjectType("txntoken+jwt")));
    processor.setJWSKeySelector(new JWSVerificationKeySelector<>(algorithms, source));
    processor.setJWTClaimsSetVerifier(new DefaultJWTClaimsVerifier<>(audience,
        new JWTClaimsSet.Builder().issuer(issuer).build(), Set.of("exp", "iat", "txn", "sub", "scope")));
  }

  /** The claims of a Txn-Token; throws where it is none, or none for this request. */
  public JWTClaimsSet verify(String token, String method, String path) throws Exception {
    var claims = processor.process(token, null);
    var context = claims.getJSONObjectClaim("tctx");
    if (context == null || !method.equals(context.get("method")) || !path.equals(context.get("path")))
      throw new BadJWTException("for another request");
    return claims;
  }
}

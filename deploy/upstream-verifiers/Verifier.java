// Needs Java 17.0.3 or later, and nothing else. Its first class is what an upstream calls; the other two read keys and JSON.
import java.io.IOException;
import java.math.BigInteger;
import java.net.URI;
import java.net.http.*;
import java.nio.charset.StandardCharsets;
import java.security.*;
import java.security.spec.*;
import java.time.*;
import java.util.*;

public final class Verifier {
  private final Keys keys;
  private final String issuer, audience;

  /** keys: where the gateway's JWK set is. */
  public Verifier(URI keys, String issuer, String audience) {
    this.keys = new Keys(keys);
    this.issuer = issuer;
    this.audience = audience;
  }

  /** The claims of a Txn-Token; a SecurityException where it is none, or none for this request. */
  public Map<?, ?> verify(String token, String method, String path) throws IOException, InterruptedException {
    var parts = token.split("\\.", -1);
    require(parts.length == 3, "it is no JWT");
    var header = Json.object(decoded(parts[0]));
    require("txntoken+jwt".equals(header.get("typ")) && !header.containsKey("crit"), "it is no transaction token");
    var signed = (parts[0] + "." + parts[1]).getBytes(StandardCharsets.US_ASCII);
    require(keys.verify(header, signed, decoded(parts[2])), "its signature does not verify");
    var claims = Json.object(decoded(parts[1]));
    require(issuer.equals(claims.get("iss")), "another issuer");
    require(audience.equals(claims.get("aud")), "another audience");
    require(claims.get("exp") instanceof Number end && end.longValue() + LEEWAY > Instant.now().getEpochSecond(), "it is over");
    for (var name : List.of("iat", "txn", "sub", "scope")) require(claims.containsKey(name), "it has no " + name);
    require(claims.get("tctx") instanceof Map<?, ?> context && method.equals(context.get("method"))
        && path.equals(context.get("path")), "it is for another request");
    return claims;
  }

  static void require(boolean holds, String otherwise) {
    if (!holds) throw new SecurityException("no valid transaction token: " + otherwise);
  }

  static byte[] decoded(String base64url) {
    try {
      return Base64.getUrlDecoder().decode(base64url);
    } catch (IllegalArgumentException problem) {
      throw new SecurityException("no valid transaction token: it is not base64url");
    }
  }

  private static final long LEEWAY = 5;

  /** A token a line, from standard input; what each says, or why it is refused. */
  public static void main(String[] args) throws Exception {
    var verifier = new Verifier(URI.create(args[0]), args[1], args[2]);
    for (var token : new String(System.in.readAllBytes(), StandardCharsets.US_ASCII).split("\n")) {
      try {
        System.out.println("sub " + verifier.verify(token, args[3], args[4]).get("sub"));
      } catch (SecurityException problem) {
        System.out.println("refused " + problem.getMessage());
      }
    }
  }
}

/** The gateway's keys: fetched anew every few minutes, and for a kid that is not among them, but not for each of many. */
final class Keys {
  private final HttpClient client = HttpClient.newBuilder().connectTimeout(Duration.ofSeconds(5)).build();
  private final HttpRequest request;
  private volatile Map<String, Map<?, ?>> known = Map.of();
  /** In seconds since 1970. */
  private volatile long fetched = 0;

  Keys(URI set) {
    request = HttpRequest.newBuilder(set).timeout(Duration.ofSeconds(5)).build();
  }

  boolean verify(Map<?, ?> header, byte[] signed, byte[] signature) throws IOException, InterruptedException {
    var jwk = find(String.valueOf(header.get("kid")));
    Verifier.require(jwk != null, "there is no such key");
    Verifier.require(jwk.get("alg") instanceof String, "its key does not say what it is for");
    Verifier.require(jwk.get("alg").equals(header.get("alg")), "its key is for another algorithm");
    try {
      var verification = verification((String) jwk.get("alg"));
      verification.initVerify(publicKey(jwk));
      verification.update(signed);
      return verification.verify(signature);
    } catch (GeneralSecurityException problem) {
      return false;
    }
  }

  private static Signature verification(String algorithm) throws GeneralSecurityException {
    switch (algorithm) {
      case "ES256":
        return Signature.getInstance("SHA256withECDSAinP1363Format");
      case "ES384":
        return Signature.getInstance("SHA384withECDSAinP1363Format");
      case "Ed25519", "EdDSA":
        return Signature.getInstance("Ed25519");
      case "PS256", "PS512":
        var isShort = algorithm.equals("PS256");
        var mask = isShort ? MGF1ParameterSpec.SHA256 : MGF1ParameterSpec.SHA512;
        var pss = Signature.getInstance("RSASSA-PSS");
        pss.setParameter(new PSSParameterSpec(mask.getDigestAlgorithm(), "MGF1", mask, isShort ? 32 : 64, 1));
        return pss;
      default:
        throw new NoSuchAlgorithmException(algorithm);
    }
  }

  private Map<?, ?> find(String kid) throws IOException, InterruptedException {
    var age = Instant.now().getEpochSecond() - fetched;
    if (age > 300 || (!known.containsKey(kid) && age > 10)) fetch();
    return known.get(kid);
  }

  private synchronized void fetch() throws IOException, InterruptedException {
    var answer = client.send(request, HttpResponse.BodyHandlers.ofByteArray());
    if (answer.statusCode() != 200) throw new IOException("the gateway's keys: status " + answer.statusCode());
    var found = new HashMap<String, Map<?, ?>>();
    if (Json.object(answer.body()).get("keys") instanceof List<?> list)
      for (var each : list) if (each instanceof Map<?, ?> jwk) found.put(String.valueOf(jwk.get("kid")), jwk);
    known = found;
    fetched = Instant.now().getEpochSecond();
  }

  private static PublicKey publicKey(Map<?, ?> jwk) throws GeneralSecurityException {
    switch (String.valueOf(jwk.get("kty"))) {
      case "EC":
        var curve = AlgorithmParameters.getInstance("EC");
        curve.init(new ECGenParameterSpec("P-384".equals(jwk.get("crv")) ? "secp384r1" : "secp256r1"));
        var point = new ECPoint(number(jwk, "x"), number(jwk, "y"));
        var spec = new ECPublicKeySpec(point, curve.getParameterSpec(ECParameterSpec.class));
        return KeyFactory.getInstance("EC").generatePublic(spec);
      case "RSA":
        return KeyFactory.getInstance("RSA").generatePublic(new RSAPublicKeySpec(number(jwk, "n"), number(jwk, "e")));
      default:
        // RFC 8032 §5.1.2: y, the least octet first; the highest bit says whether x is odd.
        var octets = Verifier.decoded(String.valueOf(jwk.get("x")));
        for (int low = 0, high = octets.length - 1; low < high; low++, high--) {
          var octet = octets[low];
          octets[low] = octets[high];
          octets[high] = octet;
        }
        var isOdd = octets.length > 0 && octets[0] < 0;
        if (isOdd) octets[0] &= 0x7f;
        var place = new EdECPoint(isOdd, new BigInteger(1, octets));
        return KeyFactory.getInstance("Ed25519").generatePublic(new EdECPublicKeySpec(NamedParameterSpec.ED25519, place));
    }
  }

  private static BigInteger number(Map<?, ?> jwk, String name) {
    return new BigInteger(1, Verifier.decoded(String.valueOf(jwk.get(name))));
  }
}

/** RFC 8259, strictly: objects, lists, strings, numbers, booleans and null; no member twice. */
final class Json {
  private final String text;
  private int at = 0;

  private Json(byte[] octets) {
    text = new String(octets, StandardCharsets.UTF_8);
  }

  static Map<?, ?> object(byte[] octets) {
    var json = new Json(octets);
    try {
      var value = json.value(0);
      json.skip();
      if (json.at == json.text.length() && value instanceof Map<?, ?> map) return map;
    } catch (IndexOutOfBoundsException | NumberFormatException problem) {
      // It ends too early, or has something in it that is no JSON.
    }
    throw new SecurityException("no valid transaction token: it is no JSON object");
  }

  private Object value(int depth) {
    skip();
    if (depth > 32) throw new NumberFormatException();
    switch (text.charAt(at)) {
      case '{':
        var map = new HashMap<String, Object>();
        for (var more = opens('}'); more; more = goesOn('}')) {
          skip();
          var name = string();
          skip();
          expect(":");
          if (map.containsKey(name)) throw new NumberFormatException();
          map.put(name, value(depth + 1));
        }
        return map;
      case '[':
        var list = new ArrayList<Object>();
        for (var more = opens(']'); more; more = goesOn(']')) list.add(value(depth + 1));
        return list;
      case '"':
        return string();
      case 't':
        expect("true");
        return true;
      case 'f':
        expect("false");
        return false;
      case 'n':
        expect("null");
        return null;
      default:
        var from = at;
        while (at < text.length() && "+-.eE0123456789".indexOf(text.charAt(at)) >= 0) at++;
        return Double.valueOf(text.substring(from, at));
    }
  }

  /** Behind the sign that opens it: whether there is anything in it. */
  private boolean opens(char end) {
    at++;
    skip();
    if (text.charAt(at) != end) return true;
    at++;
    return false;
  }

  /** Behind a value: whether there is another. */
  private boolean goesOn(char end) {
    skip();
    if (text.charAt(at++) == ',') return true;
    if (text.charAt(at - 1) != end) throw new NumberFormatException();
    return false;
  }

  private String string() {
    expect("\"");
    var made = new StringBuilder();
    for (char next; (next = text.charAt(at++)) != '"'; ) {
      if (next < ' ') throw new NumberFormatException();
      if (next != '\\') made.append(next);
      else if ((next = text.charAt(at++)) == 'u') {
        made.append((char) Integer.parseInt(text.substring(at, at + 4), 16));
        at += 4;
      } else made.append("\b\f\n\r\t\"\\/".charAt("bfnrt\"\\/".indexOf(next)));
    }
    return made.toString();
  }

  private void expect(String word) {
    if (!text.startsWith(word, at)) throw new NumberFormatException();
    at += word.length();
  }

  private void skip() {
    while (at < text.length() && " \t\n\r".indexOf(text.charAt(at)) >= 0) at++;
  }
}

import type { Citation } from '../../domain/citation.ts'
import { catalogue, type DenialRow } from '../../domain/denial.ts'

/**
 * The draft orders 401 and names no error (FAPI2-HTTPSIG §5.3.1.2(3)); `invalid_request`, because at `invalid_token` clients
 * would throw away good tokens.
 */
function refused(cite: Citation, says: string, remedy: string): DenialRow {
  return [401, 'invalid_request', 'used', cite, says, remedy]
}

export const D = catalogue({
  SIG_ABSENT: refused(
    'FAPI2-HTTPSIG §5.3.1.2(3)',
    'The request must be signed, and it has no signature.',
    'Sign the request as Accept-Signature of this answer says (RFC 9421).',
  ),
  SIG_INPUT_ABSENT: refused(
    'RFC 9421 §4.1',
    'The Signature field came without Signature-Input.',
    'Send both fields. Signatures of the drafts before RFC 9421, which had one field, are not taken.',
  ),
  SIG_INPUT_MALFORMED: refused(
    'RFC 9421 §4.1',
    'Signature-Input is not a dictionary of inner lists.',
    'Write it as label=("component" …);parameter=value (RFC 9651), best with a library.',
  ),
  SIG_MALFORMED: refused(
    'RFC 9421 §4.2',
    'Signature is not a dictionary of byte sequences.',
    'Write it as label=:base64: with the ordinary alphabet of base64, not the one for URLs.',
  ),
  SIG_LABEL: refused(
    'RFC 9421 §4.1',
    'A label came twice in Signature-Input or in Signature.',
    'Give each signature of a request a label of its own; look for a proxy that adds fields twice.',
  ),
  SIG_UNPAIRED: refused(
    'RFC 9421 §3.2(1)',
    'A label stands in only one of Signature-Input and Signature.',
    'Write each label into both fields; look for a proxy that drops one of them.',
  ),
  SIG_TOO_MANY: refused(
    'RFC 9421 §7.2.6',
    'The request has more signatures, or one of them more components, than are looked at.',
    'Send at most four signatures with at most fifty components each.',
  ),
  SIG_TAG: refused(
    'RFC 9421 §3.2(1)',
    'No signature has the tag that this resource asks for.',
    'Add the parameter tag with the value that Accept-Signature of this answer shows.',
  ),
  SIG_TAG_REPEATED: refused(
    'RFC 9421 §3.2(1)',
    'Two signatures have the tag that this resource asks for, and it takes one.',
    'Send one signature with this tag, or give the other another tag.',
  ),
  SIG_COMPONENT: refused(
    'RFC 9421 §2',
    'A covered component is none that a request has, or has a parameter that does not go with it.',
    'Cover components of RFC 9421 §2 and fields in lower case; req and @status are for answers alone.',
  ),
  SIG_COMPONENT_REPEATED: refused(
    'RFC 9421 §2',
    'One signature covers a component twice.',
    'List each component once.',
  ),
  SIG_COMPONENT_ABSENT: refused(
    'RFC 9421 §2.5',
    'A covered component is not in the request.',
    'Send the field that is signed, or do not cover it; look for a proxy that drops it.',
  ),
  SIG_QUERY_PARAMETER: refused(
    'RFC 9421 §2.2.8',
    'A covered query parameter comes twice in the query.',
    'Cover @query or @target-uri instead.',
  ),
  SIG_FIELD_TYPE: refused(
    'RFC 9421 §2.1.1',
    'A field is covered with sf or key and is not known to be a structured field of that kind.',
    'Cover the field without sf and key. Operators can name the types of the fields of their API in `structured_fields`.',
  ),
  SIG_FIELD_VALUE: refused(
    'RFC 9421 §2.5',
    'The value of a covered field cannot stand in a signature base, or is not the structured field that it should be.',
    'Cover the field with bs, or mend its value.',
  ),
  SIG_TRAILERS: refused(
    'RFC 9421 §2.1.4',
    'A trailer is covered, and trailers come too late to be judged.',
    'Cover fields of the head alone.',
  ),
  SIG_PARAMETER: refused(
    'RFC 9421 §2.3',
    'A parameter of the signature came twice or is of the wrong type.',
    'Write created and expires as whole numbers, nonce, alg, keyid and tag as strings, each once.',
  ),
  SIG_METHOD_UNCOVERED: refused(
    'FAPI2-HTTPSIG §5.3.1.2(5)',
    'The signature must cover @method.',
    'Cover "@method", without parameters.',
  ),
  SIG_TARGET_UNCOVERED: refused(
    'FAPI2-HTTPSIG §5.3.1.2(5)',
    'The signature must cover @target-uri.',
    'Cover "@target-uri", without parameters.',
  ),
  SIG_AUTHORIZATION_UNCOVERED: refused(
    'FAPI2-HTTPSIG §5.3.1.2(5)',
    'The signature must cover authorization.',
    'Cover "authorization", without parameters.',
  ),
  SIG_DPOP_UNCOVERED: refused(
    'FAPI2-HTTPSIG §5.3.1.2(7)',
    'The request has a DPoP field, so the signature must cover dpop.',
    'Cover "dpop", without parameters.',
  ),
  SIG_DIGEST_UNCOVERED: refused(
    'FAPI2-HTTPSIG §5.3.1.2(8)',
    'The request has a body, so the signature must cover content-digest.',
    'Send Content-Digest (RFC 9530) and cover "content-digest", without parameters.',
  ),
  SIG_UNCOVERED: refused(
    'RFC 9421 §3.2.1',
    'The signature does not cover a component that it must cover.',
    'Cover what Accept-Signature of this answer lists, with the parameters that stand there.',
  ),
  SIG_CREATED_ABSENT: refused(
    'FAPI2-HTTPSIG §5.3.1.2(6)',
    'The signature does not say when it was created.',
    'Add the parameter created, in Unix seconds.',
  ),
  SIG_CREATED_EARLY: refused(
    'FAPI2-HTTPSIG §5.3.1.2(6)',
    'The signature was created too long ago.',
    "Sign each request when it is sent, and check the client's clock. Operators set the age by `max_age`.",
  ),
  SIG_CREATED_AHEAD: refused(
    'RFC 9421 §3.2.1',
    'The signature was created in the future.',
    "Check the client's clock. Operators set the tolerance by `clock_skew`.",
  ),
  SIG_EXPIRES_ABSENT: refused(
    'RFC 9421 §3.2.1',
    'The signature does not say when it expires.',
    'Add the parameter expires, in Unix seconds.',
  ),
  SIG_EXPIRED: refused(
    'RFC 9421 §2.3',
    'The signature has expired.',
    "Sign each request when it is sent, and check the client's clock.",
  ),
  SIG_NONCE_ABSENT: refused(
    'RFC 9421 §7.2.2',
    'The signature has no nonce.',
    'Add the parameter nonce: a fresh random text for each request.',
  ),
  SIG_NONCE: refused(
    'RFC 9421 §7.2.2',
    'The nonce of the signature is empty or too long.',
    'Use 16 to 64 random characters.',
  ),
  SIG_KEYID_ABSENT: refused(
    'RFC 9421 §3.2(5)',
    'The signature does not name its key.',
    'Add the parameter keyid: the kid of the key in the JWK Set of the client.',
  ),
  SIG_KEYID: refused(
    'RFC 9421 §7.3.4',
    'The keyid of the signature names no key of the client that the token was issued to.',
    'Use the kid of a key in the JWK Set of that client. Operators: see `clients` and `client_keys`.',
  ),
  SIG_CLIENT: refused(
    'RFC 9421 §7.3.4',
    'The token does not say which client it was issued to, so no key can be its key.',
    'Operators: have the authorization server put client_id into its tokens, or set the `dialect` of the issuer.',
  ),
  SIG_ALG: refused(
    'RFC 9421 §3.2(6)',
    'The alg of the signature is no algorithm that is taken here.',
    'Leave alg out, and let the JWK of the key say its alg. Names of JWS such as PS256 are no values of this parameter.',
  ),
  SIG_ALG_MISMATCH: refused(
    'RFC 9421 §3.2(6)',
    'The key that keyid names is not for an algorithm that is taken here, or not for the one that alg says.',
    'Sign with a key for an algorithm that is taken; keep alg of the signature and alg of the JWK the same.',
  ),
  SIG_ALG_OPEN: refused(
    'RFC 9421 §3.2(6)',
    'Neither alg nor the key says which algorithm the signature is made with.',
    'Put alg into the JWK of the key.',
  ),
  SIG_INVALID: refused(
    'RFC 9421 §3.2(8)',
    'The signature does not verify.',
    'Compare the signature bases: the request was altered on its way, another key was used, or the base was built otherwise. ECDSA signatures are R and S in full length, not DER.',
  ),
  SIG_REPLAYED: refused(
    'RFC 9421 §7.2.2',
    'This signature, or its nonce, was used before.',
    'Sign each request anew, with a fresh nonce where nonces are used.',
  ),
  SIG_SIGNER_FAILED: [
    502,
    '',
    'none',
    'FAPI2-HTTPSIG §5.3.2.1',
    'The answer could not be signed, so it was not let out.',
    'Find out first whether the request took effect. Operators: the record says why; the key service failed, or the answer lacks what the profile covers.',
  ],
  SIG_ANSWER_TOO_LARGE: [
    502,
    '',
    'none',
    'FAPI2-HTTPSIG §5.3.2.1(7)',
    "The upstream's answer is too long to be held until it is signed.",
    'Find out first whether the request took effect. Operators: raise `limits.held_answer_size` of the route, or have the upstream send Content-Digest.',
  ],
  SIG_ANSWER_NO_ROOM: [
    503,
    '',
    'none',
    'FAPI2-HTTPSIG §5.3.2.1(7)',
    "The gateway holds as many bodies as it may, so the upstream's answer could not be signed.",
    'Find out first whether the request took effect. Operators: raise `held_bodies.memory`.',
  ],
  SIG_KEYS_UNAVAILABLE: [
    503,
    '',
    'none',
    'RFC 9110 §15.6.4',
    "The client's keys could not be fetched, so its signature cannot be judged.",
    'Try again later. Operators: the record says why; see `clients` and `client_keys`.',
  ],
})

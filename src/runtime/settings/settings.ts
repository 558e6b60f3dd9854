import { createPrivateKey } from 'node:crypto'
import { compileListener } from '../../config/compile.ts'
import type { Document, ListenerDocument, UpstreamDocument } from '../../config/document.ts'
import type { Loaded } from '../../config/load.ts'
import { refuseFaults } from '../../config/problem.ts'
import type { ListenerSettings } from '../../gateway/listener.ts'
import type { DecryptionKey } from '../../services/decryption/opener.ts'
import { assertionAlgorithm, isByCertificate } from '../../services/introspection/authentication.ts'
import { Materials } from '../../services/materials/materials.ts'
import type { RedisPlace } from '../../services/redis/connection.ts'
import type { UpstreamOptions } from '../../services/upstream/upstream.ts'
import { unixNow } from '../clock.ts'
import { type ClientKeyMaterials, readClientKeys } from './client-keys.ts'
import { type ConsentMaterials, readConsentMaterials } from './consents.ts'
import { readDecryptionKeys } from './decryption-keys.ts'
import { checkErrorNames } from './error-names.ts'
import { readKeySetFile } from './key-sets.ts'
import { readRedis } from './redis.ts'
import { type KeptRevocations, readRevocations } from './revocations.ts'
import { readSigningKeys, type SigningKeyMaterial } from './signing.ts'
import { readTlsFiles } from './tls-files.ts'

/** A configuration with every file it names read and found usable: plain data, which passes between threads. */
export interface Settings {
  readonly document: Document
  readonly listeners: readonly ListenerSettings[]
  readonly upstreams: ReadonlyMap<string, UpstreamOptions>
  /** PEM by issuer name, where the issuer has a CA of its own. */
  readonly issuerCa: ReadonlyMap<string, string>
  /** JWK sets by issuer name, where the keys come from a file. */
  readonly fixedKeys: ReadonlyMap<string, unknown>
  /** By issuer name, where we authenticate to ask it about tokens. */
  readonly askingKeys: ReadonlyMap<string, AskingKeys>
  /** By issuer name, where its tokens may be encrypted. */
  readonly decryptionKeys: ReadonlyMap<string, readonly DecryptionKey[]>
  readonly signingKeys: readonly SigningKeyMaterial[]
  readonly clientKeys: ClientKeyMaterials
  readonly consentMaterials: ReadonlyMap<string, ConsentMaterials>
  /** Null: spent proofs are remembered in the memory of this process alone. */
  readonly redis: RedisPlace | null
  /** From a file; what operators revoke meanwhile is elsewhere. */
  readonly revocations: KeptRevocations
}

/** What we authenticate with, PEM; null where the method takes none. */
export interface AskingKeys {
  readonly certificate: string | null
  readonly privateKey: string | null
}

/** Reads certificates, keys and key sets. Throws ConfigError with every file that cannot be used. */
export function readSettings({ document, locate }: Loaded): Settings {
  const materials = new Materials()
  const settings: Settings = {
    document,
    listeners: document.listeners.map((listener, index) => readListener(listener, index, materials)),
    upstreams: new Map(
      Object.entries(document.upstreams).map(([name, upstream]) => [
        name,
        readUpstream(name, upstream, materials),
      ]),
    ),
    issuerCa: readIssuerCas(document, materials),
    fixedKeys: readFixedKeys(document, materials),
    askingKeys: readAskingKeys(document, materials),
    decryptionKeys: readDecryptionKeys(document, materials),
    signingKeys: readSigningKeys(document, materials),
    clientKeys: readClientKeys(document, materials),
    consentMaterials: readConsentMaterials(document, materials),
    redis: readRedis(document, materials),
    revocations: readRevocations(document, materials, unixNow()),
  }
  checkErrorNames(document, materials)
  refuseFaults(materials.faults, locate)
  return settings
}

function readListener(listener: ListenerDocument, index: number, materials: Materials): ListenerSettings {
  const { tls, limits } = listener
  const at = (...keys: (string | number)[]) => ['listeners', index, 'tls', ...keys]
  const certificate = materials.certificates(tls.certificate, at('certificate'))
  return {
    name: listener.name,
    ...listener.bind,
    balancers: listener.proxy_protocol_from ?? [],
    rules: compileListener(listener),
    tls: {
      certificate,
      privateKey: materials.privateKey(tls.private_key, at('private_key'), certificate),
      minVersion: tls.min_version,
      clientCertificate: tls.client_certificate,
      mode: tls.client_certificate_mode,
      clientCa: (tls.client_ca ?? []).map((file, entry) =>
        materials.certificates(file, at('client_ca', entry)),
      ),
      clientCrl: (tls.client_crl ?? []).map((file, entry) =>
        materials.revocationList(file, at('client_crl', entry)),
      ),
    },
    headerSize: limits.header_size,
    headerTimeout: limits.header_timeout,
    idleTimeout: limits.idle_timeout,
    maxConnections: limits.max_connections,
    maxConnectionsPerAddress: limits.max_connections_per_address ?? null,
    maxHandshakes: limits.max_handshakes,
    maxStreams: limits.max_streams,
    untakenAnswers: limits.untaken_answers,
    maxStreamResets: limits.max_stream_resets,
    maxControlFrames: limits.max_control_frames,
  }
}

function readUpstream(name: string, upstream: UpstreamDocument, materials: Materials): UpstreamOptions {
  return {
    url: upstream.url,
    socketPath: upstream.socket_path ?? null,
    timeout: upstream.timeout,
    connectTimeout: upstream.connect_timeout,
    connections: upstream.max_connections,
    ...readTlsFiles(upstream, ['upstreams', name], materials),
  }
}

function readIssuerCas({ issuers }: Document, materials: Materials): Map<string, string> {
  const cas = new Map<string, string>()
  for (const [name, { ca }] of Object.entries(issuers)) {
    if (ca !== undefined) cas.set(name, materials.authorities(ca, ['issuers', name, 'ca']))
  }
  return cas
}

function readFixedKeys({ issuers }: Document, materials: Materials): Map<string, unknown> {
  const sets = new Map<string, unknown>()
  for (const [name, { jwks_file: file, algorithms }] of Object.entries(issuers)) {
    if (file === undefined) continue
    const set = readKeySetFile(file, ['issuers', name, 'jwks_file'], materials, algorithms)
    if (set !== undefined) sets.set(name, set)
  }
  return sets
}

function readAskingKeys({ issuers }: Document, materials: Materials): Map<string, AskingKeys> {
  const keys = new Map<string, AskingKeys>()
  for (const [name, { introspection }] of Object.entries(issuers)) {
    if (introspection === undefined) continue
    const at = (key: string) => ['issuers', name, 'introspection', key]
    const { client_auth: method, certificate: chainFile, private_key: keyFile } = introspection
    const chain = isByCertificate(method) ? materials.certificates(chainFile!, at('certificate')) : null
    const asserts = method === 'private_key_jwt'
    const key = asserts || chain !== null ? materials.privateKey(keyFile!, at('private_key'), chain) : null
    keys.set(name, { certificate: chain, privateKey: key })
    if (!asserts || !key || assertionAlgorithm(createPrivateKey(key)) !== undefined) continue
    const expected = 'a P-256, Ed25519 or RSA key of at least 2048 bits'
    materials.faults.push({ path: at('private_key'), expected, found: 'another key' })
  }
  return keys
}

import type * as z from 'zod'
import { ADMIN, bind, host, network, publicOrigin } from './network.ts'
import { publicPath, resourceMetadata } from './resource-metadata.ts'
import { choice, count, duration, entryName, filePath, flag, mapping, oneOrList, size } from './value.ts'

const tls = mapping({
  certificate: filePath.describe('Certificate chain of this listener, PEM, its own certificate first.'),
  private_key: filePath.describe('Private key of the certificate, PEM, not encrypted.'),
  min_version: choice('TLSv1.2', 'TLSv1.3')
    .prefault('TLSv1.2')
    .describe('Oldest TLS version that is accepted; TLS 1.2 offers the suites of BCP 195 alone.'),
  client_certificate: choice('none', 'optional', 'required')
    .prefault('none')
    .describe('Whether clients are asked for a certificate, and whether the handshake ends without one.'),
  client_certificate_mode: choice('pki', 'pop')
    .prefault('pki')
    .describe(
      'pki: the chain must lead to `client_ca` (RFC 8705 §2.1). pop: any certificate, self-signed too, as proof of possession only (RFC 8705 §2.2).',
    ),
  client_ca: oneOrList(filePath, 'a path or a list of paths')
    .exactOptional()
    .describe(
      'CA certificates that client certificates must lead to, PEM. Required where clients are asked in mode pki.',
    ),
  client_crl: oneOrList(filePath, 'a path or a list of paths')
    .exactOptional()
    .describe('Certificate revocation lists of the client CAs, PEM.'),
})

const limits = mapping({
  header_size: size('1KiB', '1MiB').prefault('16KiB').describe('Longest header section of a request.'),
  header_count: count(1, 2000).prefault(100).describe('Most header fields in a request.'),
  body_size: size('0B', '1023GiB')
    .prefault('10MiB')
    .describe('Longest body of a request; a longer one is answered 413.'),
  header_timeout: duration('1ms', '1h')
    .prefault('10s')
    .describe('Time for a request to send its header section.'),
  idle_timeout: duration('1ms', '24h')
    .prefault('60s')
    .describe('Time that a connection may stay without a request.'),
  max_connections: count(1, 1_000_000)
    .prefault(10_000)
    .describe(
      'Most connections at a time. For one more the oldest TLS handshake ends where its client takes more than a second, else those that have waited for a request the longest, of addresses (in IPv6: of a /64) that have more than an equal part; where all of these are busy, the new one is not taken.',
    ),
  max_connections_per_address: count(1, 1_000_000)
    .exactOptional()
    .describe(
      'Most connections of one address at a time, of a /64 in IPv6; default: no such limit, as a load balancer is one address. Each thread counts its own.',
    ),
  max_handshakes: count(1, 1_000_000)
    .prefault(1000)
    .describe(
      'Most TLS handshakes under way at a time in one thread; beyond it the oldest is ended where its client takes more than a second, else one of the address (in IPv6: of a /64) that has the most, else the new connection.',
    ),
  max_streams: count(1, 10_000)
    .prefault(100)
    .describe('Most concurrent streams of an HTTP/2 connection (RFC 9113 §5.1.2).'),
  untaken_answers: size('1MiB', '64GiB')
    .prefault('64MiB')
    .describe(
      'Most memory in one thread for answers over HTTP/2 that clients have still to take, 8 KiB for each of them included; beyond it those are broken off of which nothing was taken for the longest, of addresses (in IPv6: of a /64) that have more than an equal part.',
    ),
  max_stream_resets: count(1, 100_000)
    .prefault(100)
    .describe(
      'Most streams of an HTTP/2 connection that its client resets, or has us reset, at once; a tenth of it a second from then on (RFC 9113 §10.5).',
    ),
  max_control_frames: count(1, 100_000)
    .prefault(200)
    .describe(
      'Most pings and settings on an HTTP/2 connection at once; a tenth of it a second from then on.',
    ),
})

export const listener = mapping({
  name: entryName.describe('Name of the listener in logs and metrics; no two have the same.'),
  bind: bind.describe(
    'Address to listen on: host:port, IPv6 hosts in brackets; port 0 lets the system choose.',
  ),
  public_origin: oneOrList(publicOrigin, 'an https origin or a list of them').describe(
    'What clients call. `htu` (RFC 9449 §4.3(9)) and `@target-uri` (RFC 9421 §2.2.2) are compared with it; a request for another authority is answered 421.',
  ),
  jwks_path: publicPath
    .exactOptional()
    .describe('Path at which the public parts of `signing` are published to anybody (JWK Set, RFC 7517 §5).'),
  resource_metadata: resourceMetadata
    .prefault({})
    .describe('What clients are told of the resources here (RFC 9728), made from the routes.'),
  proxy_protocol_from: oneOrList(network, 'an address, a network, or a list of them')
    .exactOptional()
    .describe(
      'Addresses of balancers that pass TCP through: each connection of theirs must begin with a PROXY header, version 1 or 2, and its client is whom that names. Of others none is read.',
    ),
  tls: tls.describe('Certificates and versions.'),
  limits: limits.prefault({}).describe('What a connection and a request may cost.'),
})

const hosts = oneOrList(host, 'a host or a list of them')
  .exactOptional()
  .describe(
    'Names under which it is called, besides IP addresses, localhost and the one that it is bound to.',
  )

export const admin = mapping({
  bind: bind
    .prefault(ADMIN)
    .describe(
      'Address of /livez, /readyz, /metrics, /keys, /keys/ISSUER/refresh, /jwks, /refusals, /refusals/ID, /revocations and /reload.',
    ),
  refusals: count(0, 100_000)
    .prefault(1000)
    .describe(
      'Most refusals that each thread keeps, explained step by step, for GET /refusals; about 5 KiB each. A tenth of them may come at once, and a hundredth, one at least, a second from then on.',
    ),
  danger_public_bind: flag()
    .prefault(false)
    .describe(
      'Allows an address that is not loopback; whoever reaches it reads the metrics and revokes tokens.',
    ),
  hosts,
})

export const monitoring = mapping({
  bind: bind.describe(
    'Address of /livez, /readyz and /metrics alone, over plain HTTP: 0.0.0.0:9902 for other machines, [::]:9902 for those with IPv6 too.',
  ),
  hosts,
})

export type ListenerDocument = z.output<typeof listener>

import { type GatewayConfig, startGateway, type TestGateway } from './gateway.ts'
import { type RecordingUpstream, startUpstream } from './wire-upstream.ts'

/** Without `upstreams` there is one, `bank`. */
type Config = Partial<GatewayConfig> & Pick<GatewayConfig, 'routes'>

export interface WithUpstream {
  readonly gateway: TestGateway
  readonly upstream: RecordingUpstream
  readonly stop: () => Promise<void>
}

/** A gateway and an upstream behind it, which answers as `startUpstream` is told; what needs its URL is a function of it. */
export async function startWithUpstream(
  config: Config | ((url: string) => Config | Promise<Config>),
  ...answers: Parameters<typeof startUpstream>
): Promise<WithUpstream> {
  const upstream = await startUpstream(...answers)
  const url = `http://127.0.0.1:${upstream.port}`
  const given = typeof config === 'function' ? await config(url) : config
  const gateway = await startGateway({ upstreams: { bank: { url } }, ...given })
  return {
    gateway,
    upstream,
    stop: async () => {
      await gateway.stop()
      await upstream.close()
    },
  }
}

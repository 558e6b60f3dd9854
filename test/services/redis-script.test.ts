import { expect, it } from 'vitest'
import type { RedisConnection } from '../../src/services/redis/connection.ts'
import { RedisScript } from '../../src/services/redis/script.ts'

/** What a server is asked that has this against the first command. */
async function commandsWhere(problem: string): Promise<readonly [unknown, readonly string[]]> {
  const commands: string[] = []
  const ask = async (_: string, [command]: readonly string[]) => {
    commands.push(command as string)
    if (commands.length === 1) throw new Error(problem)
    return 'done'
  }
  const script = new RedisScript('return 1', { ask } as unknown as RedisConnection)
  return [await script.run(['a key'], []).catch(({ message }) => message), commands]
}

it('a script is told in full to a server that does not have it, and run only once by any other', async () => {
  expect(await commandsWhere('NOSCRIPT No matching script')).toEqual(['done', ['EVALSHA', 'EVAL']])
  expect(await commandsWhere('Socket closed')).toEqual(['Socket closed', ['EVALSHA']])
})

import { setTimeout as wait } from 'node:timers/promises'
import { MessageChannel } from 'node:worker_threads'
import { afterEach, describe, expect, it } from 'vitest'
import { type Calls, openChannel } from '../../src/runtime/channel.ts'

type Theirs = {
  add(one: number, other: number): Promise<number>
  note(text: string): void
  fail(): never
  never(): Promise<void>
}

const ports: MessageChannel[] = []
afterEach(() => {
  for (const { port1 } of ports.splice(0)) port1.close()
})

function pair() {
  const wire = new MessageChannel()
  ports.push(wire)
  const notes: string[] = []
  const theirs: Theirs = {
    add: async (one, other) => one + other,
    note: (text) => void notes.push(text),
    fail: () => {
      throw new Error('it broke')
    },
    never: () => new Promise(() => {}),
  }
  openChannel(wire.port2, theirs as unknown as Calls)
  return { channel: openChannel<Theirs>(wire.port1, {}), notes }
}

describe('a channel', () => {
  it('answers what is asked, each asker its own answer', async () => {
    const { channel } = pair()
    const asked = [1, 2, 3].map((number) => channel.ask('add', number, 10))
    expect(await Promise.all(asked)).toEqual([11, 12, 13])
  })

  it('keeps the order of what is told and asked', async () => {
    const { channel, notes } = pair()
    for (const text of ['a', 'b', 'c']) channel.tell('note', text)
    await channel.ask('add', 0, 0)
    expect(notes).toEqual(['a', 'b', 'c'])
  })

  it('passes a failure on as a failure', async () => {
    await expect(pair().channel.ask('fail')).rejects.toThrow('it broke')
  })

  it('says to all who wait that the other side has ended, and to all who ask later', async () => {
    const { channel, notes } = pair()
    const waiting = channel.ask('never')
    channel.close()
    await expect(waiting).rejects.toThrow('the thread has ended')
    await expect(channel.ask('add', 1, 1)).rejects.toThrow('the thread has ended')
    channel.tell('note', 'nobody hears it')
    await wait(50)
    expect(notes).toEqual([])
  })

  it("that answers no more still tells, and an answer that comes all the same is nobody's", async () => {
    const { channel, notes } = pair()
    const waiting = channel.ask('add', 1, 1)
    channel.answersNoMore()
    await expect(waiting).rejects.toThrow('the thread has ended')
    await expect(channel.ask('add', 1, 1)).rejects.toThrow('the thread has ended')
    channel.tell('note', 'heard')
    await expect.poll(() => notes).toEqual(['heard'])
  })
})

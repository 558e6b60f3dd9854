import { spawnSync } from 'node:child_process'
import { availableParallelism, cpus } from 'node:os'

/**
 * Puts this process, and so every process that it starts from now on, on the last CPU alone; says what came of it.
 * On CPUs of their own the faster server waits for the generator most of the time, and pays for being woken for every
 * single request; side by side on one, each finds work for several connections when its turn comes.
 */
export function pinToOneCpu(): string {
  const cpu = availableParallelism() - 1
  const { status } = spawnSync('taskset', ['-acp', String(cpu), String(process.pid)])
  return status === 0
    ? `all processes share CPU ${cpu}${giveWay() ? ', and none interrupts a server' : ''}`
    : 'taskset is not here: the processes are spread over the CPUs, and nginx seems dearer than it is'
}

/**
 * Generator and upstream wait for the server's turn to end (`SCHED_BATCH`), as they could not do otherwise on machines of
 * their own: woken by each write of the server they would take the CPU from it, and its caches, more than once a request.
 */
function giveWay(): boolean {
  givesWay = spawnSync('chrt', ['--all-tasks', '--batch', '--pid', '0', String(process.pid)]).status === 0
  return givesWay
}

/** How a server is started that does not give way in its turn. */
export function asServer(command: readonly [string, ...string[]]): readonly [string, ...string[]] {
  return givesWay ? ['chrt', '--other', '0', ...command] : command
}

/** Gives a process and all its threads every CPU of the machine. */
export function spreadOverCpus(pid: number): void {
  spawnSync('taskset', ['-acp', `0-${cpus().length - 1}`, String(pid)])
}

let givesWay = false

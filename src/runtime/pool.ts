/**
 * Makes room for files that hang. Reading and writing files, finding names and inflating take turns at the four places that Node has for
 * all threads together, and nothing that waits there can be called back: four threads whose evidence is on a disk that does not answer
 * would keep the log from being written, and status lists from being read. So each thread that serves brings two places of its own, one
 * for what it writes and one for the file before, which it closes meanwhile. Before the first file is read so, for then it is settled.
 */
export function makeRoomForFiles(threads: number): void {
  process.env['UV_THREADPOOL_SIZE'] ??= String(PLACES + 2 * threads)
}

/** As Node has. */
const PLACES = 4

import type { Readable } from 'node:stream'
import { createFramer } from '../wire/framer.ts'

/** A line of a log has an end: beyond it, its beginning is reported and the rest is skipped. */
const MAX_LOG_LINE = 64 * 1024

/** Reads a stream line by line, as text. Never stops reading, so the writer is never held up. Resolves at its end. */
export function eachLine(stream: Readable, line: (text: string) => void): Promise<void> {
  const framer = createFramer(
    { cutting: { kind: 'line' }, binary: false, maxFrame: MAX_LOG_LINE },
    { skipped: (why, head) => line(`${head.toString('utf8')}… (a line ${why})`), repaired: () => {} },
  )
  const tell = ({ frames }: { frames: { bytes: Buffer }[] }) => {
    for (const frame of frames) line(frame.bytes.toString('utf8'))
  }
  stream.on('data', (chunk: Buffer) => tell(framer.push(chunk)))
  stream.once('end', () => tell(framer.end()))
  stream.once('error', (error) => line(`(reading it failed: ${error.message})`))
  return new Promise((resolve) => stream.once('close', resolve))
}

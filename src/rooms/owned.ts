import type { Frame } from '../wire/framer.ts'

class OwnedFrame implements Frame {
  readonly bytes: Buffer
  readonly binary: boolean

  constructor({ bytes, binary }: Frame) {
    this.bytes = Buffer.from(bytes)
    this.binary = binary
  }
}

/** A frame is a view of the read that brought it, and would keep all of that alive: what is kept gets bytes of its own, once. */
export function owned(frame: Frame): Frame {
  return frame instanceof OwnedFrame ? frame : new OwnedFrame(frame)
}

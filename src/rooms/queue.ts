import type { Priority, Waiting } from '../wire/envelope.ts'
import type { Frame } from '../wire/framer.ts'

type Lane = Map<string | number, Frame>

const LANE: Record<Priority, number> = { high: 0, normal: 1, low: 2 }

/**
 * The frames that wait for one seat. They leave in the order of their priority, and within it in that of their coming; a newer
 * frame takes the place of a waiting one with its key.
 */
export class Queue {
  /** Of the frames that wait, marks included. */
  bytes = 0
  /** By `_key` where a frame has one, by a number of its own otherwise. */
  private readonly lanes: readonly Lane[] = [new Map(), new Map(), new Map()]
  private last = 0

  get isEmpty(): boolean {
    return this.lanes.every((lane) => lane.size === 0)
  }

  /** How much `put` would add to `bytes`. */
  growth(frame: Frame, waiting: Waiting | undefined): number {
    return frame.bytes.length - (this.laneOf(waiting?.key)?.get(waiting!.key!)?.bytes.length ?? 0)
  }

  put(frame: Frame, waiting: Waiting | undefined): void {
    this.bytes += this.growth(frame, waiting)
    this.laneOf(waiting?.key)?.delete(waiting!.key!)
    this.lanes[LANE[waiting?.priority ?? 'normal']]!.set(waiting?.key ?? ++this.last, frame)
  }

  /** A frame behind all that waits now and before all that comes, whatever their priorities. */
  putMark(frame: Frame): void {
    const [first, ...others] = this.lanes as [Lane, ...Lane[]]
    for (const lane of others) {
      for (const [key, waiting] of lane) first.set(key, waiting)
      lane.clear()
    }
    first.set(++this.last, frame)
    this.bytes += frame.bytes.length
  }

  /** The next frame, which waits no more. */
  take(): Frame | undefined {
    for (const lane of this.lanes) {
      for (const [key, frame] of lane) {
        lane.delete(key)
        this.bytes -= frame.bytes.length
        return frame
      }
    }
    return undefined
  }

  private laneOf(key: string | undefined): Lane | undefined {
    return key === undefined ? undefined : this.lanes.find((lane) => lane.has(key))
  }
}

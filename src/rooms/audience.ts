import type { Address } from '../wire/envelope.ts'
import type { Frame } from '../wire/framer.ts'
import type { Client } from './client.ts'

/** Sends one frame to every socket that subscribed to a topic. */
export type Publish = (topic: string, frame: Frame) => void

/** The clients of one room, and the ways to reach them: all at once, or each by itself. */
export class Audience {
  private readonly clients = new Map<number, Client>()
  /** Clients that no topic reaches: they are sent each frame. */
  private readonly apart = new Set<Client>()

  constructor(
    private readonly topic: string,
    private readonly publish: Publish,
  ) {}

  /** Whether anybody has this address. */
  has(key: number | string): boolean {
    return typeof key === 'number' && this.clients.has(key)
  }

  /** @param apart whether the room's topic does not reach it */
  add(client: Client, apart: boolean): void {
    this.clients.set(client.id, client)
    this.setApart(client, apart)
  }

  setApart(client: Client, apart: boolean): void {
    if (apart) this.apart.add(client)
    else this.apart.delete(client)
  }

  get size(): number {
    return this.clients.size
  }

  remove(id: number): void {
    const client = this.clients.get(id)
    this.clients.delete(id)
    if (client) this.apart.delete(client)
  }

  /** @returns how many clients it is for */
  sendAll(frame: Frame, key?: string): number {
    if (this.clients.size > this.apart.size) this.publish(this.topic, frame)
    for (const client of this.apart) client.send(frame, key)
    return this.clients.size
  }

  /** @returns how many clients it is for */
  sendTo(frame: Frame, to: Address, except: readonly (number | string)[], key?: string): number {
    if (except.length === 0) {
      if (to === null) return this.sendAll(frame, key)
      // Most addressed frames are for one client: no set and no list for those.
      if (to.length === 1 && typeof to[0] === 'number') {
        const client = this.clients.get(to[0])
        client?.send(frame, key)
        return client ? 1 : 0
      }
    }
    const clients = this.select(to, except)
    for (const client of clients) client.send(frame, key)
    return clients.length
  }

  /** Those of an address who are here. Groups have no members yet. */
  select(to: Address, except: readonly (number | string)[] = []): Client[] {
    const clients =
      to === null
        ? [...this.clients.values()]
        : [...new Set(to)].flatMap((key) => (typeof key === 'number' ? (this.clients.get(key) ?? []) : []))
    return except.length === 0 ? clients : clients.filter(({ id }) => !except.includes(id))
  }
}

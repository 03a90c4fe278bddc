import type { Address } from '../wire/envelope.ts'
import type { Frame } from '../wire/framer.ts'
import { type Client, isSubscriber } from './client.ts'

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

  get size(): number {
    return this.clients.size
  }

  has(id: number): boolean {
    return this.clients.has(id)
  }

  add(client: Client): void {
    this.clients.set(client.id, client)
    if (isSubscriber(client)) client.subscribe(this.topic)
    else this.apart.add(client)
  }

  /** For who goes: a socket that closes needs no unsubscribing. */
  remove(id: number): Client | undefined {
    const client = this.clients.get(id)
    if (!client) return undefined
    this.clients.delete(id)
    this.apart.delete(client)
    return client
  }

  /** @returns how many clients it is for */
  sendAll(frame: Frame): number {
    if (this.clients.size > this.apart.size) this.publish(this.topic, frame)
    for (const client of this.apart) client.send(frame)
    return this.clients.size
  }

  /** @returns how many clients it is for */
  sendTo(frame: Frame, to: Address, except: readonly (number | string)[]): number {
    if (to === null && except.length === 0) return this.sendAll(frame)
    const clients = this.select(to, except)
    for (const client of clients) client.send(frame)
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

  [Symbol.iterator](): Iterator<Client> {
    return this.clients.values()
  }
}

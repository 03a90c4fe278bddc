import { type AddressInfo, connect, createServer, type Socket } from 'node:net'

/** A pseudo-random number from 0 to 1, the same sequence for the same seed. */
export function seeded(seed: number): () => number {
  let state = seed
  return () => {
    state = (state + 0x6d2b79f5) | 0
    let t = Math.imul(state ^ (state >>> 15), 1 | state)
    t = (t + Math.imul(t ^ (t >>> 7), 61 | t)) ^ t
    return ((t ^ (t >>> 14)) >>> 0) / 2 ** 32
  }
}

interface Pair {
  readonly client: Socket
  readonly server: Socket
  stalled?: boolean
}

/** What a network does to connections. */
export const FAULTS = ['cut', 'stall', 'half-close', 'swallow'] as const
export type Fault = (typeof FAULTS)[number]

/** A TCP proxy that does to its connections what it is told. */
export class FaultyProxy {
  private readonly pairs = new Set<Pair>()
  private holding = false
  private readonly listener = createServer((client) => this.accept(client))

  constructor(private readonly target: number) {}

  async start(port = 0): Promise<number> {
    await new Promise<void>((done) => this.listener.listen(port, '127.0.0.1', done))
    return (this.listener.address() as AddressInfo).port
  }

  get connections(): number {
    return this.pairs.size
  }

  strike(fault: Fault, random: () => number): void {
    const pair = [...this.pairs][Math.floor(random() * this.pairs.size)]
    if (!pair) return
    const { client, server } = pair
    if (fault === 'cut') this.cut(pair)
    else if (fault === 'half-close') (random() < 0.5 ? client : server).end()
    else if (fault === 'stall') {
      // Piped twice, a stream would send everything twice.
      if (pair.stalled) return
      pair.stalled = true
      client.unpipe()
      server.unpipe()
      setTimeout(() => this.join(pair), 20 + random() * 200)
    } else {
      // The server's side is gone, and the client hears nothing of it.
      server.unpipe()
      client.unpipe()
      server.destroy()
    }
  }

  /** From now on nothing passes, new connections included, and nobody is told. What is sent meanwhile is kept. */
  hold(): void {
    this.holding = true
    for (const { client, server } of this.pairs) {
      client.unpipe()
      server.unpipe()
    }
  }

  /** Everything that was held passes, the older connections' first. */
  release(): void {
    this.holding = false
    for (const pair of this.pairs) this.join(pair)
  }

  cutAll(): void {
    for (const pair of [...this.pairs]) this.cut(pair)
  }

  async stop(): Promise<void> {
    this.cutAll()
    await new Promise((done) => this.listener.close(done))
  }

  private accept(client: Socket): void {
    const pair: Pair = { client, server: connect(this.target, '127.0.0.1') }
    this.pairs.add(pair)
    for (const socket of [pair.client, pair.server]) {
      socket.setNoDelay(true)
      socket.on('error', () => this.cut(pair))
    }
    client.on('close', () => this.cut(pair))
    if (!this.holding) this.join(pair)
  }

  private join(pair: Pair): void {
    const { client, server } = pair
    pair.stalled = false
    if (client.destroyed || server.destroyed) return
    client.pipe(server)
    server.pipe(client)
  }

  private cut(pair: Pair): void {
    this.pairs.delete(pair)
    pair.client.destroy()
    pair.server.destroy()
  }
}

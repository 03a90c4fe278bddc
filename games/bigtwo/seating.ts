import { SEATS, type Seat } from './deal.ts'

/** Somebody at the table: on a seat, or watching. */
export interface Guest {
  readonly id: number
  readonly bot: boolean
  name: string
  away: boolean
  /** Points since it sat down. */
  score: number
}

const BOT_NAMES = ['Mei', 'Kai', 'Suki', 'Bao', 'Lin', 'Tao', 'Yuna', 'Jin']

/** Who sits where, and who waits for a seat. */
export class Seating {
  /** In the order of their coming. */
  private readonly guests = new Map<number, Guest>()
  private readonly chairs: (Guest | null)[] = SEATS.map(() => null)

  /** @param name what it wants to be called; may be empty */
  add(id: number, bot: boolean, name: string): Guest {
    const guest = { id, bot, name: name || (bot ? this.botName() : `Player ${id}`), away: false, score: 0 }
    this.guests.set(id, guest)
    return guest
  }

  /** @returns the seat that is empty now */
  remove(guest: Guest): Seat | undefined {
    this.guests.delete(guest.id)
    const seat = this.seatOf(guest)
    if (seat !== undefined) this.chairs[seat] = null
    return seat
  }

  guest(id: number): Guest | undefined {
    return this.guests.get(id)
  }

  at(seat: Seat): Guest | null {
    return this.chairs[seat]!
  }

  seatOf(guest: Guest): Seat | undefined {
    return SEATS.find((seat) => this.chairs[seat] === guest)
  }

  get full(): boolean {
    return this.chairs.every((chair) => chair !== null)
  }

  /** People, bots on seats, and who watches. */
  get counts(): { players: number; bots: number; watching: number } {
    const seated = this.chairs.filter((chair) => chair !== null)
    const bots = seated.filter((guest) => guest.bot).length
    return { players: seated.length - bots, bots, watching: this.guests.size - seated.length }
  }

  /** Gives empty seats to who has waited longest, people first. @returns who sits now */
  fill(): Guest[] {
    const seated: Guest[] = []
    const waiting = [...this.waiting(false), ...this.waiting(true)]
    for (const seat of SEATS) {
      const next = this.chairs[seat] === null ? waiting.shift() : undefined
      if (next) seated.push(this.sit(next, seat))
    }
    return seated
  }

  /** Gives seats of bots to people who wait; the bot that came last gives way first. @returns who sits or stands now */
  giveWay(): Guest[] {
    const moved: Guest[] = []
    const bots = SEATS.filter((seat) => this.chairs[seat]?.bot).sort((a, b) => this.at(b)!.id - this.at(a)!.id)
    for (const person of this.waiting(false).slice(0, bots.length)) {
      const seat = bots.shift()!
      moved.push(this.at(seat)!, this.sit(person, seat))
    }
    return moved
  }

  private sit(guest: Guest, seat: Seat): Guest {
    guest.score = 0
    this.chairs[seat] = guest
    return guest
  }

  /** Who is away waits for nothing. */
  private waiting(bots: boolean): Guest[] {
    return [...this.guests.values()].filter(
      (guest) => guest.bot === bots && !guest.away && this.seatOf(guest) === undefined,
    )
  }

  private botName(): string {
    const taken = new Set([...this.guests.values()].map(({ name }) => name))
    return BOT_NAMES.find((name) => !taken.has(name)) ?? 'Bot'
  }
}

import { Counter, collectDefaultMetrics, Gauge, Registry } from 'prom-client'

/** What is counted apart by a label: its name and help. */
const LABELLED = {
  skipped: ['frames_skipped', 'Frames from children that were not delivered', 'reason'],
  refused: ['refusals', 'Clients and requests that were refused or closed', 'reason'],
  exits: ['child_exits', 'Children that ended', 'status'],
  tokens: ['tokens_refused', 'Tokens and tickets that were refused', 'reason'],
  logins: ['log_ins', 'Sign-ups, log-ins and guests, by what became of them', 'result'],
} as const

type Labelled = keyof typeof LABELLED

/** What is counted plainly. Numbers, because the hot path adds to them for each message. */
const PLAIN = {
  messagesIn: ['messages_received', 'Messages from clients'],
  bytesIn: ['received_bytes', 'Bytes of messages from clients'],
  framesOut: ['frames', 'Frames from children'],
  messagesOut: ['messages_sent', 'Messages to clients: frames times their recipients'],
  bytesOut: ['sent_bytes', 'Bytes of messages to clients'],
  repaired: ['frames_repaired', 'Text frames from children that were not UTF-8'],
  ignored: ['control_lines_ignored', 'Control keys from children that could not be obeyed'],
  kicks: ['kicks', 'Clients that a game closed'],
  evictions: ['evictions', 'Clients closed because they could not keep up'],
  botFailures: ['bot_failures', 'Bots that ended without being asked to'],
  pausedSeconds: ['output_paused_seconds', 'Time in which rooms did not read their children, waiting for clients'],
} as const

type Plain = keyof typeof PLAIN

/** Counts of one server. Series with a room's name exist while the room lives. */
export class Metrics implements Record<Plain, number> {
  messagesIn = 0
  bytesIn = 0
  framesOut = 0
  messagesOut = 0
  bytesOut = 0
  repaired = 0
  ignored = 0
  kicks = 0
  evictions = 0
  botFailures = 0
  pausedSeconds = 0
  /** Bytes that wait at this moment; set by who knows. */
  waiting: { backlog(): number; inbox(): number } = { backlog: () => 0, inbox: () => 0 }
  private readonly labelled: Record<Labelled, Map<string, number>> = {
    skipped: new Map(),
    refused: new Map(),
    exits: new Map(),
    tokens: new Map(),
    logins: new Map(),
  }
  private readonly rooms = new Map<string, { open: number; total: number }>()

  count(what: Labelled, label: string): void {
    const counts = this.labelled[what]
    counts.set(label, (counts.get(label) ?? 0) + 1)
  }

  connected(room: string): void {
    const counts = this.rooms.get(room) ?? { open: 0, total: 0 }
    this.rooms.set(room, { open: counts.open + 1, total: counts.total + 1 })
  }

  disconnected(room: string): void {
    const counts = this.rooms.get(room)
    if (counts) this.rooms.set(room, { ...counts, open: counts.open - 1 })
  }

  /** The room has ended: its series go. */
  forget(room: string): void {
    this.rooms.delete(room)
  }

  /** A registry that reads these numbers when it is asked. Measuring the event loop begins here. */
  registry(): Registry<typeof Registry.OPENMETRICS_CONTENT_TYPE> {
    const registry = new Registry<typeof Registry.OPENMETRICS_CONTENT_TYPE>()
    registry.setContentType(Registry.OPENMETRICS_CONTENT_TYPE)
    const add = collector(registry as unknown as Registry)
    for (const name of Object.keys(PLAIN) as Plain[]) {
      const [metric, help] = PLAIN[name]
      add(Counter, metric, help, [], () => [[[], this[name]]])
    }
    for (const name of Object.keys(LABELLED) as Labelled[]) {
      const [metric, help, label] = LABELLED[name]
      add(Counter, metric, help, [label], () => [...this.labelled[name]].map(([value, n]) => [[value], n]))
    }
    const perRoom = (key: 'open' | 'total') => () => [...this.rooms].map(([room, n]): Sample => [[room], n[key]])
    add(Counter, 'websocket_connections', 'Number of total websocket connections', ['room'], perRoom('total'))
    add(Gauge, 'websocket_connections_open', 'Number of open websocket connections', ['room'], perRoom('open'))
    add(Gauge, 'rooms', 'Rooms that run', [], () => [[[], this.rooms.size]])
    add(Gauge, 'clients', 'Clients in rooms', [], () => [[[], this.clients]])
    add(Gauge, 'backlog_bytes', 'Bytes that wait for clients', [], () => [[[], this.waiting.backlog()]])
    add(Gauge, 'inbox_bytes', 'Bytes that wait for children', [], () => [[[], this.waiting.inbox()]])
    return registry
  }

  private get clients(): number {
    return [...this.rooms.values()].reduce((sum, { open }) => sum + open, 0)
  }
}

type Sample = [labels: string[], value: number]

function collector(register: Registry) {
  collectDefaultMetrics({ register, prefix: 'playpipe_' })
  return (
    Kind: typeof Counter | typeof Gauge,
    name: string,
    help: string,
    labelNames: string[],
    read: () => Sample[],
  ): void => {
    new Kind({
      name: `playpipe_${name}`,
      help,
      labelNames,
      registers: [register],
      collect() {
        this.reset()
        for (const [labels, value] of read()) this.labels(...labels).inc(value)
      },
    })
  }
}

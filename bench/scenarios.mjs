// What is measured, on whom, and what is to be reached.
import { join } from 'node:path'
import { root } from '../scripts/setup.mjs'
import { counter, printer } from './peers.mjs'
import { json, load, sleep, startProxy, startServer } from './process.mjs'
import { fitLine } from './stats.mjs'
import { atLeast, atMost, belowBest, limit, reachBest, timesCheaper } from './targets.mjs'

/**
 * @typedef {object} Figure one row of the table
 * @property {string} label
 * @property {string} metric of the samples
 * @property {string} [unit]
 * @property {import('./targets.mjs').Target[]} [targets]
 *
 * @typedef {object} Scenario
 * @property {string} name several share one where they differ in size only
 * @property {string} title
 * @property {(peer: import('./peers.mjs').Peer) => boolean} fits
 * @property {(peer: import('./peers.mjs').Peer, quick: boolean) => Promise<Record<string, unknown>>} run
 * @property {Figure[]} figures
 */

const CAT = ['cat']
/** After the last connection a server still cleans up: its memory is looked at when it is at rest. */
const REST = 5_000

const everyone = () => true
const sharing = ({ can }) => can.includes('rooms')
const routing = ({ can }) => can.includes('json')
const seating = ({ can }) => can.includes('seats')
const isControl = ({ name }) => name === 'control'

const SCALESOCKET = 'ScaleSocket'
const WEBSOCKETD = 'websocketd'

/** Runs clients against a fresh server. @param {(run: { result: object, server: object }) => unknown} measure */
async function against(peer, child, how, [mode, options], measure) {
  const server = await startServer(peer, child, how)
  try {
    await sleep(300)
    const empty = server.memory()
    const result = await load(mode, server, options)
    try {
      return await measure({ result, server, empty })
    } finally {
      await result.release()
    }
  } finally {
    await server.stop()
  }
}

/** CPU both ways: who loses frames saves their cost, so a delivery alone would flatter it. */
function costs({ cpuSeconds, received, lost, seconds, p50, p95, p99 }, deliveries) {
  const micros = cpuSeconds * 1e6
  return {
    cpuPerDelivery: micros / received,
    cpuPerLineClient: micros / deliveries,
    lost,
    lostShare: lost / deliveries,
    seconds,
    p50,
    p95,
    p99,
  }
}

/** Clients of one room hear every line. */
function broadcast({ name, title, clients, lines, rate, withJson, figures }) {
  return {
    name,
    title,
    fits: withJson ? (peer) => routing(peer) || isControl(peer) : sharing,
    figures,
    run: (peer, quick) => {
      const count = quick ? Math.ceil(lines / 5) : lines
      const child = printer(count, 100, rate)
      return against(peer, child, { json: withJson }, ['stream', { clients, expect: count }], ({ result }) =>
        costs(result, count * clients),
      )
    },
  }
}

const LOST = { label: 'frames lost', metric: 'lost', worst: true, targets: [limit(0)] }

const bursts = [
  ['burst', false, 'lines as they are'],
  ['burst', true, 'JSON lines, `--json`'],
].map(([name, withJson, what]) =>
  broadcast({
    name,
    title: `burst: 1 room, 100 clients, 100,000 lines of 100 bytes as fast as the child prints; ${what}`,
    clients: 100,
    lines: 100_000,
    rate: 0,
    withJson,
    figures: [
      {
        label: 'CPU a delivery',
        metric: 'cpuPerDelivery',
        unit: 'µs',
        targets: [atMost(1.25, 'control'), timesCheaper(10, SCALESOCKET)],
      },
      { label: 'CPU a line and client', metric: 'cpuPerLineClient', unit: 'µs' },
      { label: 'time', metric: 'seconds', unit: 's' },
      LOST,
    ],
  }),
)

const paced = [100, 1_000].map((clients) =>
  broadcast({
    name: 'paced',
    title: `paced: 1 room, ${clients.toLocaleString('en')} clients, 60 lines a second, \`--json\``,
    clients,
    lines: 600,
    rate: 60,
    withJson: true,
    figures: [
      {
        label: 'CPU a delivery',
        metric: 'cpuPerDelivery',
        unit: 'µs',
        targets: [atMost(1.15, 'control'), timesCheaper(1, SCALESOCKET)],
      },
      { label: 'CPU a line and client', metric: 'cpuPerLineClient', unit: 'µs' },
      { label: 'latency p50', metric: 'p50', unit: 'µs' },
      { label: 'latency p95', metric: 'p95', unit: 'µs' },
      { label: 'latency p99', metric: 'p99', unit: 'µs' },
      LOST,
    ],
  }),
)

const addressed = {
  name: 'addressed',
  title: 'addressed: 1 room, 100 clients, 200,000 lines, every one `_to` one of them',
  fits: routing,
  figures: [
    { label: 'CPU a delivery', metric: 'cpuPerDelivery', unit: 'µs', targets: [timesCheaper(5, SCALESOCKET)] },
    { label: 'CPU a line', metric: 'cpuPerLineClient', unit: 'µs' },
    { label: 'time', metric: 'seconds', unit: 's' },
    LOST,
  ],
  run: (peer, quick) => {
    const lines = quick ? 40_000 : 200_000
    const options = { clients: 100, expect: lines / 100 }
    return against(peer, printer(lines, 100, 0, 'addressed'), { json: true }, ['stream', options], ({ result }) =>
      costs(result, lines),
    )
  },
}

function echo({ name, title, fits, withJson = false, options, figures }) {
  return {
    name,
    title,
    fits,
    figures,
    run: (peer, quick) =>
      against(
        peer,
        CAT,
        { json: withJson },
        ['echo', { size: 100, seconds: quick ? 2 : 6, ...options }],
        ({ result }) => ({
          perSecond: result.echoes / result.seconds,
          cpuPerMessage: (result.cpuSeconds * 1e6) / result.echoes,
          lost: result.lost,
          lostShare: result.lost / result.sent,
          p50: result.p50,
          p95: result.p95,
          p99: result.p99,
        }),
      ),
  }
}

const echoes = [
  echo({
    name: 'echo',
    title: 'echo through `cat`: 1 client, 200 messages of 100 bytes under way',
    fits: everyone,
    options: { window: 200 },
    figures: [
      {
        label: 'messages a second',
        metric: 'perSecond',
        targets: [atLeast(2, WEBSOCKETD), atLeast(1.5, SCALESOCKET)],
      },
      { label: 'CPU a message', metric: 'cpuPerMessage', unit: 'µs' },
      LOST,
    ],
  }),
  echo({
    name: 'echo',
    title: 'echo through `cat`: the same with `--json`',
    fits: routing,
    withJson: true,
    options: { window: 200 },
    figures: [
      { label: 'messages a second', metric: 'perSecond', targets: [atLeast(1.5, SCALESOCKET)] },
      { label: 'CPU a message', metric: 'cpuPerMessage', unit: 'µs' },
      LOST,
    ],
  }),
  echo({
    name: 'one',
    title: 'echo one at a time: 1 client',
    fits: everyone,
    options: {},
    figures: [
      { label: 'p50', metric: 'p50', unit: 'µs', targets: [belowBest(1.1)] },
      { label: 'p95', metric: 'p95', unit: 'µs' },
      { label: 'p99', metric: 'p99', unit: 'µs', targets: [belowBest(1.5)] },
      { label: 'CPU a message', metric: 'cpuPerMessage', unit: 'µs' },
    ],
  }),
  echo({
    name: 'one',
    title: 'echo one at a time: 50 rooms of 1 client',
    fits: everyone,
    options: { clients: 50, rooms: 50 },
    figures: [
      { label: 'messages a second', metric: 'perSecond', targets: [reachBest(1)] },
      { label: 'p50', metric: 'p50', unit: 'µs' },
      { label: 'p99', metric: 'p99', unit: 'µs' },
      { label: 'CPU a message', metric: 'cpuPerMessage', unit: 'µs' },
    ],
  }),
]

const idle = {
  name: 'idle',
  title: 'idle: 10,000 clients in 100 rooms of `cat`',
  fits: sharing,
  figures: [
    { label: 'user space a client', metric: 'perClient', unit: 'KB', targets: [limit(2.5)] },
    { label: 'the empty server', metric: 'empty', unit: 'MB' },
    { label: 'the full server', metric: 'full', unit: 'MB' },
  ],
  run: async (peer, quick) => {
    const { clients, empty, full } = await rest(peer, {}, quick)
    return {
      perClient: (full.rss - empty.rss) / clients / 1024,
      empty: empty.rss / 2 ** 20,
      emptyOwn: empty.pss / 2 ** 20,
      full: full.rss / 2 ** 20,
    }
  },
}

const idleSeats = {
  name: 'idle',
  title: 'idle with seats: the same clients with the subprotocol, on a server with `--resume`',
  fits: seating,
  figures: [
    { label: 'user space a client', metric: 'perClient', unit: 'KB' },
    { label: 'of it for the seat', metric: 'perSeat', unit: 'KB', targets: [limit(1)] },
  ],
  run: async (peer, quick) => {
    const plain = await rest(peer, {}, quick)
    const seated = await rest(peer, { resume: 60 }, quick)
    const [without, perClient] = [plain, seated].map(
      ({ clients, empty, full }) => (full.rss - empty.rss) / clients / 1024,
    )
    return { perClient, perSeat: perClient - without }
  },
}

/** A server's memory without clients, and with many that do nothing. */
function rest(peer, how, quick) {
  const clients = quick ? 4_000 : 10_000
  const options = { clients, rooms: 100, seats: how.resume > 0 ? 1 : 0 }
  return against(peer, CAT, how, ['hold', options], async ({ server, empty }) => {
    await sleep(REST)
    return { clients, empty, full: server.memory() }
  })
}

/** How long the clients play before the proxy dies, and how long it is away, in ms. */
const STEADY = 6_000
const AWAY = 2_000

const reconnect = {
  name: 'reconnect',
  title:
    'reconnect: 5,000 clients with seats in 100 rooms, 4 lines of 100 bytes a second and a message a second from each; the proxy before the server dies and is back 2 s later',
  fits: seating,
  figures: [
    { label: 'until the last is back, full jitter (250 ms × 2ⁿ, at most 15 s) included', metric: 'back', unit: 's' },
    { label: 'until half of them are back', metric: 'back50', unit: 's' },
    { label: 'until 95 % are back', metric: 'back95', unit: 's' },
    { label: "the server's part of it: from a try to its seat, the slowest", metric: 'slowestTry', unit: 'ms' },
    { label: 'lines that clients lost, or got twice', metric: 'linesWrong', worst: true, targets: [limit(0)] },
    { label: 'messages that programs lost, or got twice', metric: 'messagesWrong', worst: true, targets: [limit(0)] },
    { label: 'seats given up', metric: 'seatsLost', worst: true, targets: [limit(0)] },
    { label: 'server CPU from the cut until all are back', metric: 'cpu', unit: 's' },
    { label: 'the same beside as long a time before the cut', metric: 'cpuRatio', unit: '×' },
  ],
  run: async (peer, quick) => {
    const clients = quick ? 1_000 : 5_000
    const server = await startServer(peer, counter(100, 4), { json: true, resume: 60 })
    const proxy = await startProxy(server)
    const restart = () => sleep(STEADY).then(() => proxy.restart(AWAY))
    try {
      const behind = { ...server, port: proxy.port }
      const result = await load('reconnect', behind, { clients, rooms: 100, limit: 120 }, restart)
      await result.release()
      return reconnected(result)
    } finally {
      await proxy.stop()
      await server.stop()
    }
  },
}

function reconnected({ memory, release, ...result }) {
  const { notBack, notStopped, back, steadySeconds, steadyCpu, cpuSeconds } = result
  if (notBack > 0 || notStopped > 0) throw new Error(`${notBack} clients are not back, ${notStopped} did not end`)
  return {
    ...result,
    linesWrong: result.linesLost + result.linesDoubled,
    messagesWrong: Math.abs(result.messages - result.heard) + result.wrong,
    seatsLost: result.seatsLost + result.left,
    cpu: cpuSeconds,
    cpuRatio: cpuSeconds / ((steadyCpu / steadySeconds) * back),
  }
}

const rooms = {
  name: 'rooms',
  title: 'rooms: 200 children of `cat` at once; the control is a bare `child_process.spawn`',
  fits: everyone,
  figures: [
    { label: 'rooms a second', metric: 'perSecond', targets: [atLeast(0.6, 'control')] },
    { label: 'server memory a room', metric: 'perRoom', unit: 'KB', targets: [limit(100)] },
  ],
  run: async (peer) => {
    const count = 200
    if (isControl(peer)) {
      const bare = await json(process.execPath, [join(root, 'bench', 'spawn.mjs'), String(count)])
      return { perSecond: bare.roomsPerSecond }
    }
    return against(peer, CAT, {}, ['open', { clients: count, rooms: count }], async ({ result, server, empty }) => {
      if (result.echoes < count) throw new Error(`${result.echoes} of ${count} rooms answered`)
      await sleep(REST)
      return { perSecond: count / result.seconds, perRoom: (server.memory().rss - empty.rss) / count / 1024 }
    })
  },
}

const STALL = 10_000

const slow = {
  name: 'slow',
  title: 'slow: 100 clients, one stops reading for 10 s; 1,000 lines of 1,000 bytes a second',
  fits: sharing,
  figures: [
    { label: 'p99 of the others, beside the run without it', metric: 'p99Ratio', unit: '×', targets: [limit(1.2)] },
    { label: 'p99 of the others', metric: 'p99', unit: 'µs' },
    { label: 'p50 of the others', metric: 'p50', unit: 'µs' },
    { label: 'longest wait of the others', metric: 'max', unit: 'µs' },
    { ...LOST, label: 'frames that the others lost' },
    { label: 'frames that the stopped one missed in between', metric: 'gaps', worst: true },
    { label: 'the stopped one was closed with', metric: 'code', plain: true },
  ],
  run: async (peer) => {
    const lines = STALL + 4_000
    const run = (options) =>
      against(
        peer,
        printer(lines, 1_000, 1_000),
        {},
        ['stream', { clients: 100, expect: lines, ...options }],
        ({ result }) => result,
      )
    const calm = await run({})
    const { p50, p99, max, lost, stalled } = await run({ stall_after: 2_000, stall: STALL })
    return { p50, p99, max, p99Calm: calm.p99, p99Ratio: p99 / calm.p99, lost, gaps: stalled.lost, code: stalled.code }
  },
}

const SIZES = [1, 10, 100, 1_000]

/** @param {(size: number) => { options: object, lines: number, rate: number, load: number }} at */
function growth({ title, at, slopeLabel, baseLabel }) {
  return {
    name: 'size',
    title,
    fits: sharing,
    figures: [
      { label: slopeLabel, metric: 'slope', unit: 'µs' },
      { label: baseLabel, metric: 'base', unit: 'µs' },
      ...SIZES.map((size) => ({
        label: `CPU a line at ${size.toLocaleString('en')}`,
        metric: `at${size}`,
        unit: 'µs',
      })),
      { label: 'growth from 100 to 1,000, 1 being linear', metric: 'exponent', targets: [limit(1.1)] },
    ],
    run: async (peer, quick) => {
      const points = []
      for (const size of SIZES) {
        const { lines, rate, options } = at(size, quick)
        await against(peer, printer(lines, 100, rate), {}, ['stream', { expect: lines, ...options }], ({ result }) =>
          points.push({ x: size, y: (result.cpuSeconds * 1e6) / lines }),
        )
      }
      const { slope, base } = fitLine(points)
      const { exponent } = fitLine(points.slice(-2))
      return { slope, base, exponent, ...Object.fromEntries(points.map(({ x, y }) => [`at${x}`, y])) }
    },
  }
}

const sizes = [
  growth({
    title: 'cost against size: 1, 10, 100, 1,000 clients of one room, 200 lines a second',
    at: (clients, quick) => ({ lines: quick ? 200 : 1_000, rate: 200, options: { clients } }),
    slopeLabel: 'CPU for each further client, a line',
    baseLabel: 'CPU a line, without clients',
  }),
  growth({
    title: 'cost against size: 1, 10, 100, 1,000 rooms of one client, 20 lines a second each',
    at: (count, quick) => ({ lines: quick ? 20 : 100, rate: 20, options: { clients: count, rooms: count } }),
    slopeLabel: 'CPU for each further room, a line of each',
    baseLabel: 'CPU beside the rooms',
  }),
]

/** @type {Scenario[]} */
export const SCENARIOS = [...bursts, ...paced, addressed, ...echoes, idle, idleSeats, reconnect, rooms, slow, ...sizes]

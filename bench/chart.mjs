// A picture of the figures that say most, as an SVG that follows the reader's light or dark theme.
import { SCENARIOS } from './scenarios.mjs'
import { median } from './stats.mjs'

const PANELS = [
  {
    scenario: /^burst.*--json/,
    metric: 'cpuPerDelivery',
    title: 'Burst to 100 clients: CPU a delivery',
    unit: 'µs',
    better: 'less',
  },
  {
    scenario: /^addressed/,
    metric: 'cpuPerDelivery',
    title: 'Every line to one of 100 clients: CPU a delivery',
    unit: 'µs',
    better: 'less',
  },
  {
    scenario: /^echo through.*under way/,
    metric: 'perSecond',
    title: 'Echo, 200 under way: messages a second',
    unit: '',
    better: 'more',
  },
  {
    scenario: /^idle/,
    metric: 'perClient',
    title: '10,000 idle clients: user space a client',
    unit: 'KB',
    better: 'less',
  },
]

const PEERS = {
  Playpipe: 'us',
  'Playpipe on ws': 'ours',
  ScaleSocket: 'peer',
  websocketd: 'peer',
  'websocketd, newest': 'peer',
  control: 'control',
}

const WIDTH = 760
const LABEL = 130
const BAR = WIDTH - LABEL - 170
const ROW = 22
const HEAD = 34
const GAP = 14

const STYLE = `
  text { font: 13px system-ui, sans-serif; fill: #1f2328 }
  .title { font-weight: 600 } .note { fill: #59636e }
  .us { fill: #0969da } .ours { fill: #54aeff } .peer { fill: #9a6700 } .control { fill: #8c959f }
  @media (prefers-color-scheme: dark) {
    text { fill: #e6edf3 } .note { fill: #9198a1 }
    .us { fill: #4493f8 } .ours { fill: #1f6feb } .peer { fill: #d29922 } .control { fill: #6e7681 }
  }`

/** @param {{ scenarios: Record<string, import('./report.mjs').Measured> }} results */
export function drawChart({ scenarios }) {
  let y = 8
  const parts = []
  for (const panel of PANELS) {
    const scenario = SCENARIOS.find(({ title }) => panel.scenario.test(title) && title in scenarios)
    if (!scenario) continue
    const bars = barsOf(scenarios[scenario.title].samples, panel.metric)
    parts.push(drawPanel(panel, bars, y))
    y += HEAD + bars.length * ROW + GAP
  }
  return `<svg xmlns="http://www.w3.org/2000/svg" viewBox="0 0 ${WIDTH} ${y}" role="img" aria-label="Playpipe beside its peers">
<style>${STYLE}
</style>
${parts.join('\n')}
</svg>
`
}

function barsOf(samples, metric) {
  return Object.keys(PEERS)
    .filter((name) => name in samples)
    .map((name) => {
      const of = (key) => median(samples[name].map((sample) => Number(sample[key] ?? Number.NaN)))
      return { name, value: of(metric), lost: of('lostShare') }
    })
    .filter(({ value }) => Number.isFinite(value))
}

function drawPanel({ title, unit, better }, bars, top) {
  const most = Math.max(...bars.map(({ value }) => value), 0)
  const rows = bars.map(({ name, value, lost }, index) => {
    const y = top + HEAD + index * ROW
    const width = Math.max(1, (value / most) * BAR)
    return `<text x="${LABEL - 8}" y="${y + 12}" text-anchor="end">${name}</text>
<rect class="${PEERS[name]}" x="${LABEL}" y="${y}" width="${width.toFixed(1)}" height="16" rx="2"/>
<text x="${(LABEL + width + 6).toFixed(1)}" y="${y + 12}">${short(value)}${unit && ` ${unit}`}${lossOf(lost)}</text>`
  })
  return `<text class="title" x="0" y="${top + 18}">${title}</text>
<text class="note" x="${WIDTH}" y="${top + 18}" text-anchor="end">${better} is better</text>
${rows.join('\n')}`
}

/** A bar of who loses frames says so: what is lost costs nothing. */
const lossOf = (share) => (share > 0 ? ` – ${share < 0.01 ? '&lt; 1' : Math.round(share * 100)} % lost` : '')

const short = (value) => value.toLocaleString('en', { maximumSignificantDigits: 3 })

import { seeded } from './deck.ts'
import { run } from './host.ts'
import { parseLine } from './lines.ts'
import { readOptions } from './options.ts'
import { Table } from './table.ts'

run((host) => {
  const options = readOptions(host.args)
  if (typeof options === 'string') return host.fail(options)
  const random = options.seed === undefined ? host.random : seeded(options.seed)
  const table = new Table(options, { now: host.now, random })
  host.serve((line) => table.receive(parseLine(line)).map((out) => JSON.stringify(out)))
})

import { chmodSync, readdirSync, rmSync, statSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'
import { expect, it } from 'vitest'
import { KEY_AGE, Keys, LONGEST_TOKEN } from '../../src/lobby/keys.ts'
import { ConfigError } from '../../src/values.ts'
import { temporaryFolder } from './fixtures.ts'

const files = (folder: string) => readdirSync(folder).filter((name) => name.endsWith('.key'))

it('the first start makes a key that only its owner can read', () => {
  const folder = join(temporaryFolder(), 'keys')
  const keys = new Keys(folder, 1000)
  const [file] = files(folder)
  expect(file).toBe(`${keys.current.id}.key`)
  expect(statSync(join(folder, file!)).mode & 0o777).toBe(0o600)
  expect(statSync(folder).mode & 0o777).toBe(0o700)
  expect(new Keys(folder, 2000).current.secret.equals(keys.current.secret)).toBe(true)
})

it('a new key signs when the newest is old, and the old one verifies as long as a token of its may live', () => {
  const keys = new Keys(temporaryFolder(), 0)
  const first = keys.current
  keys.refresh(KEY_AGE - 1)
  expect(keys.current).toBe(first)
  keys.refresh(KEY_AGE)
  expect(keys.current.id).not.toBe(first.id)
  keys.refresh(KEY_AGE + LONGEST_TOKEN - 1)
  expect(keys.find(first.id)).toBe(first)
  keys.refresh(KEY_AGE + LONGEST_TOKEN)
  expect(keys.find(first.id)).toBeUndefined()
})

it('a file called rotate makes a new key once', () => {
  const folder = temporaryFolder()
  const keys = new Keys(folder, 0)
  writeFileSync(join(folder, 'rotate'), '')
  keys.refresh(1)
  keys.refresh(2)
  expect(files(folder)).toHaveLength(2)
  expect(readdirSync(folder)).not.toContain('rotate')
})

it('a key whose file is gone verifies nothing', () => {
  const folder = temporaryFolder()
  const keys = new Keys(folder, 0)
  const { id } = keys.current
  rmSync(join(folder, `${id}.key`))
  keys.refresh(1)
  expect(keys.find(id)).toBeUndefined()
})

it('a key that others can read, and a file that is none, are refused with their name', () => {
  const folder = temporaryFolder()
  const { id } = new Keys(folder, 0).current
  chmodSync(join(folder, `${id}.key`), 0o644)
  expect(() => new Keys(folder, 0)).toThrow(new RegExp(`${id}\\.key: others can read this key; chmod 600`))
  chmodSync(join(folder, `${id}.key`), 0o600)
  writeFileSync(join(folder, 'x.key'), '{"made":"yesterday","secret":"c2hvcnQ"}', { mode: 0o600 })
  expect(() => new Keys(folder, 0)).toThrow(ConfigError)
})

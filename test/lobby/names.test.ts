import { Compile } from 'typebox/compile'
import { describe, expect, it } from 'vitest'
import { Name } from '../../src/edge/api/schemas.ts'
import { nameKey } from '../../src/lobby/database.ts'

const rule = Compile(Name)
const all = Array.from({ length: 0x110000 }, (_, code) => code)
  .filter((code) => code < 0xd800 || code > 0xdfff)
  .map((code) => String.fromCodePoint(code))

describe('a name', () => {
  it('holds nothing that can not be seen, and no blank but the space', () => {
    const hidden = all.filter((it) => /[\p{Default_Ignorable_Code_Point}\p{White_Space}\p{Cc}\u2800]/u.test(it))
    expect(hidden.length).toBeGreaterThan(4000)
    for (const it of hidden)
      expect([`A${it}b`, it].filter((name) => rule.Check(name))).toEqual(it === ' ' ? ['A b'] : [])
  })

  it.each([
    ['Zoë'],
    ['李小龍'],
    ['สมชาย'],
    ['محمد'],
    ['한글'],
    ['Ada Lovelace'],
    ["<b>'"],
    ['🐇'],
    ['I ❤️ NY'],
    ['👍🏽'],
    ['👩🏽‍🚀'],
    ['👨‍👩‍👧'],
    ['❤️‍🔥🏳️‍🌈'],
    ['🇫🇷'],
  ])('can be %s', (name) => {
    expect(rule.Check(name)).toBe(true)
  })

  it.each([
    ['a letter', 'a\ufe0f'],
    ['nothing', '\ufe0f'],
    ['a blank', '❤ \ufe0f'],
    ['itself', '❤\ufe0f\ufe0f'],
  ])('has no sign for a picture behind %s', (_what, name) => {
    expect(rule.Check(name)).toBe(false)
  })

  it.each(['👨\u200d', '👨\u200d\u200d👩', '\u200d👨', 'a\u200d👨', '👨\u200da', '👨 \u200d👩'])(
    'joins nothing but pictures: %j',
    (name) => {
      expect(rule.Check(name)).toBe(false)
    },
  )

  it('is written with any picture that Unicode has', () => {
    const pictures = all.filter((it) => /(?=\p{Emoji})\p{Extended_Pictographic}/u.test(it))
    expect(pictures.filter((it) => !rule.Check(`${it}\ufe0f\u200d${it}`))).toEqual([])
  })

  it('is looked at in no time, whatever it is', () => {
    for (const part of ['👨\u200d', '❤️', '  ', 'a ']) expect(rule.Check(`${part.repeat(32)}\u0000`)).toBe(false)
  })

  it('is the same with and without what can not be seen', () => {
    expect(nameKey('❤️')).toBe(nameKey('❤'))
    expect(nameKey('😀\ufe0f')).toBe(nameKey('😀'))
    expect(nameKey('ＡＤＡ')).toBe('ada')
  })
})

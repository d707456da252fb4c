import { readdirSync, readFileSync } from 'node:fs'
import { join } from 'node:path'
import { parse, type SFCDescriptor } from 'vue/compiler-sfc'
import { describe, expect, it } from 'vitest'
import { i18n } from './i18n.ts'
import { messages as english } from './messages-en.ts'

const src = join(import.meta.dirname, '..')
const files = readdirSync(src, { recursive: true, encoding: 'utf8' }).filter((file) => /\.(vue|ts)$/.test(file) && !/\.test\.ts$|test\//.test(file))
const read = (file: string) => readFileSync(join(src, file), 'utf8')

const flatten = (value: unknown, prefix = ''): string[] =>
  typeof value === 'object' && value !== null ? Object.entries(value).flatMap(([key, child]) => flatten(child, prefix ? `${prefix}.${key}` : key)) : [prefix]

const frenchKeys = new Set(flatten(i18n.global.getLocaleMessage('fr')))
const englishKeys = new Set(flatten(english))

interface TemplateNode {
  type: number
  tag?: string
  content?: unknown
  loc: { source: string; start: { line: number } }
  props?: { type: number; name: string; value?: { content: string } }[]
  children?: TemplateNode[]
  branches?: TemplateNode[]
}
const TEXT = 2
const ATTRIBUTE = 6
const SPOKEN = new Set(['title', 'label', 'placeholder', 'aria-label', 'alt', 'description', 'help', 'hint', 'caption'])
const hasWords = (text: string) => /\p{L}{2,}/u.test(text)

function literals(node: TemplateNode): string[] {
  const found: string[] = []
  if (node.type === TEXT && hasWords(String(node.content))) found.push(`line ${node.loc.start.line}: ${String(node.content).trim()}`)
  for (const prop of node.props ?? []) {
    if (prop.type === ATTRIBUTE && SPOKEN.has(prop.name) && hasWords(prop.value?.content ?? '')) found.push(`line ${node.loc.start.line}: ${prop.name}="${prop.value?.content}"`)
  }
  return [...found, ...(node.children ?? []).flatMap(literals)]
}

describe('messages', () => {
  it('exist in French and in English under the same keys', () => {
    expect([...frenchKeys].filter((key) => !englishKeys.has(key))).toEqual([])
    expect([...englishKeys].filter((key) => !frenchKeys.has(key))).toEqual([])
  })

  it('exist for every key the code names', () => {
    const missing: string[] = []
    for (const file of files) {
      for (const [, key] of read(file).matchAll(/\bt\(\s*'([a-z][\w.]+)'/g)) if (!frenchKeys.has(key!)) missing.push(`${file}: ${key}`)
      for (const [, key] of read(file).matchAll(/(?:label|title)Key: '([\w.]+)'/g)) if (!frenchKeys.has(key!)) missing.push(`${file}: ${key}`)
      for (const [, prefix] of read(file).matchAll(/\bt\(\s*`([a-z][\w.]*\.)\$\{/g))
        if (![...frenchKeys].some((key) => key.startsWith(prefix!))) missing.push(`${file}: ${prefix}*`)
    }
    expect(missing).toEqual([])
  })
})

describe('templates', () => {
  it.each(files.filter((file) => file.endsWith('.vue')))('%s holds no literal text', (file) => {
    const { descriptor }: { descriptor: SFCDescriptor } = parse(read(file))
    expect(literals(descriptor.template?.ast as unknown as TemplateNode)).toEqual([])
  })
})

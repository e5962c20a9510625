import { describe, expect, it } from 'vitest'
import { inspectChain, planMerge } from '../../src/checkpoint/index.ts'
import type { BitmapStatus, BitmapSurvey } from '../../src/checkpoint/index.ts'

const good: BitmapStatus = { recording: true, persistent: true, granularity: 65536, count: 0 }

/** A survey of bitmaps given as `node/name`. */
function surveyOf(bitmaps: Record<string, Partial<BitmapStatus>>): BitmapSurvey {
  return {
    find: (node, name) => {
      const found = bitmaps[`${node}/${name}`]
      return found && { ...good, ...found }
    },
    names: (node) =>
      Object.keys(bitmaps)
        .filter((key) => key.startsWith(`${node}/`))
        .map((key) => key.slice(node.length + 1)),
  }
}

describe('inspectChain', () => {
  it.each([
    ['valid', { 'top/c': {} }],
    ['valid', { 'top/c': {}, 'middle/c': {} }],
    ['valid', { 'top/c': {}, 'middle/c': {}, 'base/c': {} }],
    ['missing', {}],
    ['missing', { 'middle/c': {}, 'base/c': {} }],
    ['gap', { 'top/c': {}, 'base/c': {} }],
    ['transient', { 'top/c': { persistent: false } }],
    ['disabled', { 'top/c': {}, 'middle/c': { recording: false } }],
    ['inconsistent', { 'top/c': { inconsistent: true, recording: false } }],
  ])('calls %s what is %j', (state, bitmaps) => {
    expect(inspectChain(['top', 'middle', 'base'], 'c', surveyOf(bitmaps))).toBe(state)
  })

  it('finds nothing in a chain without images', () => {
    expect(inspectChain([], 'c', surveyOf({}))).toBe('missing')
  })

  it('takes bitmaps that are not stored where that is enough', () => {
    const survey = surveyOf({ 'top/c': { persistent: false } })
    expect(inspectChain(['top'], 'c', survey, false)).toBe('valid')
  })
})

// The actions of libvirt 9.0.0's transcripts 51, 54, 58 and 63.
describe('planMerge', () => {
  const chain = ['top', 'middle', 'base']

  it('gathers one name into a new bitmap that does not record', () => {
    const survey = surveyOf({ 'top/c1': { granularity: 4096 }, 'middle/c1': {}, 'top/c2': {} })
    const request = { images: chain, target: 'top', name: 'c1', result: 'tmp' }
    expect(planMerge(request, survey)).toEqual([
      {
        do: 'add',
        node: 'top',
        name: 'tmp',
        persistent: false,
        disabled: true,
        granularity: 4096,
      },
      {
        do: 'merge',
        node: 'top',
        name: 'tmp',
        sources: [
          { node: 'top', name: 'c1' },
          { node: 'middle', name: 'c1' },
        ],
      },
    ])
  })

  it('commits all names, adds those that the base lacks, and brings in late writes', () => {
    const survey = surveyOf({
      'top/c1': {},
      'top/c3': {},
      'top/broken': { recording: false },
      'middle/c1': {},
      'middle/c3': {},
      'base/c1': {},
    })
    const request = { images: ['top', 'middle'], chain, target: 'base', writesOn: 'base' }
    const late = { node: 'base', name: 'libvirt-tmp-activewrite' }
    const sources = (name: string): object[] => [
      { node: 'top', name },
      { node: 'middle', name },
      late,
    ]
    expect(planMerge(request, survey)).toEqual([
      { do: 'merge', node: 'base', name: 'c1', sources: sources('c1') },
      {
        do: 'add',
        node: 'base',
        name: 'c3',
        persistent: true,
        disabled: false,
        granularity: 65536,
      },
      { do: 'merge', node: 'base', name: 'c3', sources: sources('c3') },
      { do: 'remove', ...late },
    ])
  })

  it('judges the whole chain also when only a part is merged', () => {
    const survey = surveyOf({ 'top/c': {}, 'middle/c': {}, 'base/c': { recording: false } })
    expect(planMerge({ images: ['top', 'middle'], chain, target: 'base' }, survey)).toEqual([])
  })

  it('has nothing to do for no images', () => {
    expect(planMerge({ images: [], target: 'top' }, surveyOf({}))).toEqual([])
  })
})

import { describe, expect, it } from 'vitest'
import { directAddress, readDrivePage } from '../../../src/checkpoint/download/drive-page'

describe('Drive', () => {
  it('turns the address of a file’s page into that of the file', () => {
    expect(directAddress('https://drive.google.com/file/d/1f8J-d_X/view?usp=sharing')).toBe(
      'https://drive.google.com/uc?id=1f8J-d_X&export=download',
    )
    expect(directAddress('https://example.com/file/d/x/view')).toBe('https://example.com/file/d/x/view')
  })

  it('reads forms in any order of attributes', () => {
    const page = `<form method=get action='https://h.example/d?a=1' id='download-form'><input value="x" name="k" type="hidden"></form>`
    expect(readDrivePage(page, 'https://drive.google.com/uc')).toEqual({
      kind: 'confirm',
      url: 'https://h.example/d?a=1&k=x',
    })
  })

  it('takes only the hidden inputs of this form', () => {
    const input = (name: string, type: string) =>
      `<input data-name="no" name="${name}" type="${type}" value="&quot;1&quot;">`
    const form = `<form id="download-form" action="/d">${input('a', 'hidden')}${input('b', 'submit')}</form>`
    const page = `<form id="search">${input('c', 'hidden')}</form>${form}${input('d', 'hidden')}`
    expect(readDrivePage(page, 'https://h.example/')).toEqual({ kind: 'confirm', url: 'https://h.example/d?a=%221%22' })
  })

  it.each([
    '<form ',
    '<input ',
    '<form id="download-form" ',
    '<form id="download-form" action="x">',
    'id="',
    '<title>',
  ])('survives a page of nothing but %s', (part) => {
    expect(readDrivePage(part.repeat(200_000 / part.length), 'https://h.example/').kind).toMatch(/other|confirm/)
  })

  it('does not follow a form from https to another scheme', () => {
    const page = (action: string) => `<form id="download-form" action="${action}"></form>`
    for (const action of ['http://h.example/', 'data:,x', 'file:///etc/passwd', 'https://']) {
      expect(readDrivePage(page(action), 'https://drive.google.com/uc').kind).toBe('other')
    }
  })
})

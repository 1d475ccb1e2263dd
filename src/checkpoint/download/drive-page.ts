/** Reads the pages that Google Drive sends instead of a large file. */

/** The kind of a page. */
export type DrivePage =
  | { readonly kind: 'confirm'; readonly url: string }
  | { readonly kind: 'quota' }
  | { readonly kind: 'other'; readonly title: string }

/**
 * Recognises a page: a form that confirms a download without a virus scan, given as the URL that it submits to; the page about too
 * many downloads; or another page.
 * @param base the page's own address
 */
export function readDrivePage(html: string, base: string): DrivePage {
  const url = readForm(html, base)
  if (url) return { kind: 'confirm', url: url.href }
  if (html.includes('uc-error-subcaption')) return { kind: 'quota' }
  return { kind: 'other', title: unescape(/<title>([^<]{0,200})/i.exec(html)?.[1]?.trim() || 'without a title') }
}

/** The URL that `#download-form` submits its hidden inputs to. */
function readForm(html: string, base: string): URL | undefined {
  let url: URL | undefined
  // The limit on a tag's length keeps the time linear in the page's length.
  for (const [tag] of html.matchAll(/<\/?(?:form|input)\b[^<>]{0,4000}>/gi)) {
    if (!url) url = attribute(tag, 'id') === 'download-form' ? formAddress(attribute(tag, 'action'), base) : undefined
    else if (tag.startsWith('</')) break
    else if (attribute(tag, 'type') === 'hidden') {
      url.searchParams.set(attribute(tag, 'name') ?? '', attribute(tag, 'value') ?? '')
    }
  }
  return url
}

/** The form's address; undefined if it leads from an https page to http. */
function formAddress(action = '', base: string): URL | undefined {
  if (!URL.canParse(action, base)) return undefined
  const url = new URL(action, base)
  return url.protocol === 'https:' || url.protocol === new URL(base).protocol ? url : undefined
}

/** Turns the address of a shared file's page (`/file/d/ID/view`) into that of the file. Other addresses are returned unchanged. */
export function directAddress(url: string): string {
  const id = /^https:\/\/drive\.google\.com\/file\/d\/([\w-]+)/.exec(url)?.[1]
  return id ? `https://drive.google.com/uc?id=${id}&export=download` : url
}

function attribute(tag: string, name: string): string | undefined {
  const match = new RegExp(`\\s${name}=(?:"([^"]*)"|'([^']*)')`, 'i').exec(tag)
  const value = match?.[1] ?? match?.[2]
  return value === undefined ? undefined : unescape(value)
}

function unescape(text: string): string {
  const characters: Record<string, string> = { amp: '&', lt: '<', gt: '>', quot: '"', '#39': "'" }
  return text.replace(/&(amp|lt|gt|quot|#39);/g, (_, name: string) => characters[name]!)
}

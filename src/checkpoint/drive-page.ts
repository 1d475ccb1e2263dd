/** Reads the pages that Google Drive sends in place of a large file. */

/** What such a page asks for. */
export type DrivePage =
  | { readonly kind: 'confirm'; readonly url: string }
  | { readonly kind: 'quota' }
  | { readonly kind: 'other'; readonly title: string }

/**
 * The form that confirms a download without a virus scan becomes the URL that submitting it asks for; the page that says that
 * too many people downloaded the file, or any other page, is told apart.
 * @param base the page's own address
 */
export function readDrivePage(html: string, base: string): DrivePage {
  const form = /<form\b[^>]*\bid=["']download-form["'][^>]*>([\s\S]*?)<\/form>/i.exec(html)
  const action = form && attribute(form[0], 'action')
  if (form && action) {
    const url = new URL(action, base)
    for (const [input] of form[1]!.matchAll(/<input\b[^>]*>/gi)) {
      const name = attribute(input, 'name')
      if (attribute(input, 'type') === 'hidden' && name) url.searchParams.set(name, attribute(input, 'value') ?? '')
    }
    // A page that came safely does not send its reader elsewhere unsafely.
    if (url.protocol === 'https:' || url.protocol === new URL(base).protocol) return { kind: 'confirm', url: url.href }
  }
  if (html.includes('uc-error-subcaption')) return { kind: 'quota' }
  return { kind: 'other', title: unescape(/<title>([^<]{0,200})/i.exec(html)?.[1]?.trim() ?? 'without a title') }
}

/** The page's address of a shared file (`/file/d/ID/view`) as the address of the file itself; any other address as it is. */
export function directAddress(url: string): string {
  const id = /^https:\/\/drive\.google\.com\/file\/d\/([\w-]+)/.exec(url)?.[1]
  return id ? `https://drive.google.com/uc?id=${id}&export=download` : url
}

function attribute(tag: string, name: string): string | undefined {
  const match = new RegExp(`\\b${name}=(?:"([^"]*)"|'([^']*)')`, 'i').exec(tag)
  const value = match?.[1] ?? match?.[2]
  return value === undefined ? undefined : unescape(value)
}

function unescape(text: string): string {
  const characters: Record<string, string> = { amp: '&', lt: '<', gt: '>', quot: '"', '#39': "'" }
  return text.replace(/&(amp|lt|gt|quot|#39);/g, (_, name: string) => characters[name]!)
}

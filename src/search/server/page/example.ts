/** A picture as the query: dropped on the page, pasted, chosen from the disk, or one of the collection. */
import { find } from './elements'

/** A picture to search for, besides the text. */
export interface Example {
  readonly name: string
  /** The address from which the page shows it. */
  readonly address: string
  /** An encoded picture in base64. */
  readonly picture?: string
  /** A picture of the collection. */
  readonly like?: string
}

/** The longest side of an uploaded picture, in pixels; models use less. */
const longestSide = 1024

/** Makes an example from a file. Pictures that the browser cannot read are sent unchanged: the server reads more formats. */
export async function exampleOf(file: File): Promise<Example> {
  const blob = await scaledDown(file).catch(() => file)
  return { name: file.name || 'the pasted picture', address: URL.createObjectURL(blob), picture: await base64(blob) }
}

async function scaledDown(file: File): Promise<Blob> {
  const bitmap = await createImageBitmap(file)
  const scale = Math.min(1, longestSide / Math.max(bitmap.width, bitmap.height))
  const canvas = document.createElement('canvas')
  canvas.width = Math.max(1, Math.round(bitmap.width * scale))
  canvas.height = Math.max(1, Math.round(bitmap.height * scale))
  canvas.getContext('2d')!.drawImage(bitmap, 0, 0, canvas.width, canvas.height)
  bitmap.close()
  return new Promise((resolve, reject) => {
    canvas.toBlob((blob) => (blob ? resolve(blob) : reject(new Error('not encoded'))), 'image/png')
  })
}

function base64(blob: Blob): Promise<string> {
  return new Promise((resolve, reject) => {
    const reader = new FileReader()
    reader.onload = () => resolve((reader.result as string).replace(/^[^,]*,/, ''))
    reader.onerror = () => reject(new Error('The picture could not be read.'))
    reader.readAsDataURL(blob)
  })
}

/** Accepts pictures from the file chooser, from drops anywhere on the page, and from the clipboard. */
export function takePictures(onPicture: (file: File) => void): void {
  const [file, drop] = [find('input', 'file'), find('div', 'drop')]
  const first = (files: FileList | undefined | null) => {
    const [picture] = files ?? []
    if (picture) onPicture(picture)
  }
  const hasFiles = (event: DragEvent) => event.dataTransfer?.types.includes('Files') ?? false
  file.addEventListener('change', () => {
    first(file.files)
    file.value = ''
  })
  document.addEventListener('dragenter', (event) => (drop.hidden = !hasFiles(event)))
  document.addEventListener('dragover', (event) => hasFiles(event) && event.preventDefault())
  document.addEventListener('dragleave', (event) => {
    if (event.relatedTarget === null) drop.hidden = true
  })
  document.addEventListener('drop', (event) => {
    drop.hidden = true
    if (!hasFiles(event)) return
    event.preventDefault()
    first(event.dataTransfer!.files)
  })
  document.addEventListener('paste', (event) => {
    if (event.clipboardData?.files.length) first(event.clipboardData.files)
  })
}

/** Each published layout, generated here: the samples that its reader finds, and its errors for wrong data. */
import { mkdirSync, mkdtempSync, rmSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { dirname, join } from 'node:path'
import { gzipSync } from 'node:zlib'
import { afterAll, describe, expect, it } from 'vitest'
import { classificationSets } from '../../../../src/evaluation/datasets/classification/known-classification-sets.node.ts'
import { encodePNG, type RawImage } from '../../../../src/index'

const root = mkdtempSync(join(tmpdir(), 'dreamlip-layouts-'))
afterAll(() => rmSync(root, { recursive: true }))

const picture = await encodePNG({ data: new Uint8Array(12).fill(200), width: 2, height: 2, channels: 3 })
let folders = 0

/** Makes a folder with files: pictures, or the given content. */
function lay(files: Readonly<Record<string, string | Uint8Array>>, images: readonly string[] = []): string {
  const folder = join(root, String(folders++))
  mkdirSync(folder)
  const write = (path: string, content: string | Uint8Array) => {
    mkdirSync(dirname(join(folder, path)), { recursive: true })
    writeFileSync(join(folder, path), content)
  }
  Object.entries(files).forEach(([path, content]) => write(path, content))
  images.forEach((path) => write(path, picture))
  return folder
}

/** Images with their class names, and problems except the lists of classes that a small set lacks. */
async function open(name: string, folder: string, split?: string) {
  const set = await classificationSets[name]!.open(folder, { split })
  const images = set.samples.map(({ id, classes }) => [id, set.classes[classes[0]!]])
  const problems = set.problems
    .filter(({ reason }) => reason !== 'class-missing')
    .map(({ reason, item }) => `${reason}: ${item}`)
  return { ...set, images, told: problems, missing: set.problems.length - problems.length }
}

describe('a folder per class', () => {
  it('finds ImageNet by WordNet ids, and names strange folders, missing classes and an incomplete download', async () => {
    const folder = lay({ 'val/n01440764/notes.txt': 'x', 'val/.DS_Store': 'x' }, [
      'val/n01440764/ILSVRC2012_val_00000293.JPEG',
      'val/n15075141/b.JPEG',
      'val/n99999999/c.JPEG',
      'val/n99999999/d.JPEG',
    ])
    const set = await open('imagenet', folder)
    expect(set.split).toBe('val')
    expect(set.images).toEqual([
      ['n01440764/ILSVRC2012_val_00000293.JPEG', 'tench'],
      ['n15075141/b.JPEG', 'toilet paper'],
    ])
    expect(set.told).toEqual([
      'class-unknown: n99999999',
      'not-an-image: n01440764/notes.txt',
      'incomplete: imagenet, val',
    ])
    expect(set.missing).toBe(998)
    expect(set.problems.at(-1)!.message).toBe(
      'imagenet, val: expected 50000 images; found 2. The download is incomplete.',
    )
  })

  it('finds the folders of ImageNet-V2 by index, and those of -A and -R', async () => {
    const v2 = await open('imagenet-v2', lay({}, ['imagenetv2-matched-frequency-format-val/999/a.jpeg']))
    expect(v2.images).toEqual([['999/a.jpeg', 'toilet paper']])
    const a = await open('imagenet-a', lay({}, ['imagenet-a/n01498041/a.jpg', 'imagenet-a/n01440764/b.jpg']))
    expect(a.images).toEqual([['n01498041/a.jpg', 'stingray']])
    expect(a.told).toContain('class-unknown: n01440764')
    expect((await open('imagenet-r', lay({}, ['n01443537/a.jpg']))).images).toEqual([['n01443537/a.jpg', 'goldfish']])
  })

  it('reads which classes ObjectNet shares with ImageNet from its own mappings', async () => {
    const folder = lay(
      {
        'objectnet-1.0/mappings/folder_to_objectnet_label.json':
          '{"alarm_clock":"Alarm clock","band_aid":"Band Aid","soap":"Soap"}',
        'objectnet-1.0/mappings/objectnet_to_imagenet_1k.json':
          '{"Band Aid":"Band Aid","Alarm clock":"analog clock; digital clock"}',
      },
      ['band_aid/a.png', 'alarm_clock/b.png', 'soap/c.png'].map((path) => `objectnet-1.0/images/${path}`),
    )
    const set = await open('objectnet', folder)
    expect(set.classes).toEqual(['alarm clock', 'band aid'])
    expect(set.images).toEqual([
      ['alarm_clock/b.png', 'alarm clock'],
      ['band_aid/a.png', 'band aid'],
    ])
    expect(set.templates).toHaveLength(80)
    expect(set.told).toEqual(['incomplete: objectnet, test'])
  })

  it('knows the folders of Caltech-101, EuroSAT, Flowers-102, Cars and PatchCamelyon', async () => {
    const caltech = await open('caltech101', lay({}, ['101_ObjectCategories/Faces_easy/image_0001.jpg']))
    expect(caltech.images).toEqual([['Faces_easy/image_0001.jpg', 'centered face']])
    const euroSAT = await open('eurosat', lay({}, ['2750/SeaLake/SeaLake_1.jpg']))
    expect(euroSAT.images).toEqual([['SeaLake/SeaLake_1.jpg', 'lake or sea']])
    const flowers = await open('flowers102', lay({}, ['valid/10/image_1.jpg']), 'val')
    expect(flowers.images).toEqual([['10/image_1.jpg', 'globe thistle']])
    const cars = await open('cars', lay({}, ['car_data/test/Ram C-V Cargo Van Minivan 2012/1.jpg']))
    expect(cars.images).toEqual([['Ram C-V Cargo Van Minivan 2012/1.jpg', 'Ram C/V Cargo Van Minivan 2012']])
    const pcam = await open('pcam', lay({}, ['test/1/9.png']))
    expect(pcam.images).toEqual([['1/9.png', 'lymph node containing metastatic tumor tissue']])
  })

  it('reads any folder per class of the user', async () => {
    const set = await open('folders', lay({}, ['red_bus/a.png', 'tower/deep/b.png']))
    expect(set.images).toEqual([
      ['red_bus/a.png', 'red bus'],
      ['tower/deep/b.png', 'tower'],
    ])
    expect(set).toMatchObject({ told: [], missing: 0, templates: ['a photo of a {}.'] })
    await expect(open('folders', lay({ 'a.txt': '' }))).rejects.toThrow(/expected a folder per class; found a.txt/)
  })

  it('says what should be there, and what is there instead', async () => {
    await expect(open('imagenet', lay({ 'a.zip': '' }))).rejects.toThrow(
      /expected val \(or train\) with a folder per class.*found a.zip\./,
    )
    await expect(open('cars', lay({ 'cars_test_annos.mat': '' }))).rejects.toThrow(/MATLAB files, which are not read/)
    await expect(open('pcam', lay({ 'camelyonpatch_level_2_split_test_x.h5': '' }))).rejects.toThrow(
      /as PNG to the folder/,
    )
    await expect(open('imagenet', join(root, 'nowhere'))).rejects.toThrow(/nowhere: could not be read/)
    await expect(open('imagenet', lay({}), 'test')).rejects.toThrow(/split: expected one of val, train; got "test"/)
  })
})

describe('lists of the images of a split', () => {
  it('reads Describable Textures, with missing images, strange classes and lines that lead out of the folder', async () => {
    const list = [
      'banded/banded_0002.jpg',
      'polka-dotted/p.jpg',
      'shiny/s.jpg',
      '../x.jpg',
      '',
      'banded/gone.jpg',
    ].join('\r\n')
    const folder = lay({ 'labels/test1.txt': list }, ['images/banded/banded_0002.jpg', 'images/polka-dotted/p.jpg'])
    const set = await open('dtd', folder)
    expect(set.images).toEqual([
      ['banded/banded_0002.jpg', 'banded'],
      ['polka-dotted/p.jpg', 'polka-dotted'],
      ['banded/gone.jpg', 'banded'],
    ])
    expect(set.told).toEqual([
      'line-unreadable: test1.txt, line 4',
      'image-missing: banded/gone.jpg',
      'class-unknown: shiny',
      'incomplete: dtd, test',
    ])
  })

  it('reads FGVC-Aircraft, whose variants contain slashes and spaces', async () => {
    const list = '0034309 F/A-18\n0000002 Hawk T1\nnothing\n'
    const set = await open(
      'fgvc-aircraft',
      lay({ 'data/images_variant_val.txt': list }, ['data/images/0034309.jpg']),
      'val',
    )
    expect(set.images).toEqual([
      ['0034309.jpg', 'F/A-18'],
      ['0000002.jpg', 'Hawk T1'],
    ])
    expect(set.told.slice(0, 2)).toEqual([
      'line-unreadable: images_variant_val.txt, line 3',
      'image-missing: 0000002.jpg',
    ])
  })

  it('reads Food-101, Pets and SUN397', async () => {
    const food = lay({ 'food-101/meta/test.txt': 'apple_pie/1011328\n' }, ['food-101/images/apple_pie/1011328.jpg'])
    expect((await open('food101', food)).images).toEqual([['apple_pie/1011328.jpg', 'apple pie']])
    const pets = lay({ 'annotations/test.txt': '# list\nyorkshire_terrier_1 37 2 25\nbeagle_1 5 2 4\nbroken 1\n' }, [
      'images/beagle_1.jpg',
    ])
    const found = await open('pets', pets)
    expect(found.images.map(([, name]) => name)).toEqual(['Yorkshire Terrier', 'Beagle'])
    expect(found.told.slice(0, 2)).toEqual([
      'line-unreadable: test.txt, line 4',
      'image-missing: yorkshire_terrier_1.jpg',
    ])
    const path = 'a/apartment_building/outdoor/sun_a.jpg'
    const sun = lay({ 'Partitions/Testing_01.txt': `/${path}\n` }, [path])
    expect((await open('sun397', sun)).images).toEqual([[path, 'apartment building outdoor']])
    const whole = lay({}, [`SUN397/${path}`, 'SUN397/a/abbey/sun_b.jpg', 'SUN397/x/xylophone/sun_c.jpg'])
    const all = await open('sun397-all', whole)
    expect(all.images.map(([, name]) => name)).toEqual(['abbey', 'apartment building outdoor'])
    expect(all.told).toEqual(['class-unknown: xylophone', 'incomplete: sun397-all, all'])
  })

  it("reads CoOp's splits", async () => {
    const rows = [['Faces_easy/image_0001.jpg', 27, 'face'], ['Faces_easy/image_0002.jpg'], 'x', [3, 1, 'a']]
    const caltech = lay({ 'split_zhou_Caltech101.json': JSON.stringify({ test: rows }) }, [
      '101_ObjectCategories/Faces_easy/image_0001.jpg',
    ])
    const set = await open('caltech101-coop', caltech)
    expect(set.images.map(([, name]) => name)).toEqual(['centered face', 'centered face'])
    expect(set.told).toEqual([
      'line-unreadable: split_zhou_Caltech101.json, test, line 2',
      'line-unreadable: split_zhou_Caltech101.json, test, line 3',
      'image-missing: Faces_easy/image_0002.jpg',
    ])
    const flowers = lay(
      { 'split_zhou_OxfordFlowers.json': '{"val":[["image_1.jpg",9,"globe thistle"],["image_2.jpg",102,"?"]]}' },
      ['jpg/image_1.jpg'],
    )
    const some = await open('flowers102-coop', flowers, 'val')
    expect(some.images).toEqual([['image_1.jpg', 'globe thistle']])
    expect(some.told).toEqual(['class-unknown: 102'])
    await expect(open('flowers102-coop', flowers)).rejects.toThrow(/expected a list test/)
    await expect(
      open('caltech101-coop', lay({ 'split_zhou_Caltech101.json': '{' }, ['101_ObjectCategories/a/b.jpg'])),
    ).rejects.toThrow(/expected JSON/)
  })
})

describe('files of pixels', () => {
  it('reads CIFAR-10 and CIFAR-100', async () => {
    const record = (...labels: number[]) => Uint8Array.of(...labels, ...new Uint8Array(3072).fill(9))
    const ten = await open(
      'cifar10',
      lay({ 'cifar-10-batches-bin/test_batch.bin': Uint8Array.of(...record(3), ...record(10)) }),
    )
    expect(ten.images).toEqual([['test_batch.bin/0', 'cat']])
    expect(ten.told).toEqual(['label-unknown: test_batch.bin/1', 'incomplete: cifar10, test'])
    const hundred = await open('cifar100', lay({ 'train.bin': record(4, 99) }), 'train')
    expect(hundred.images).toEqual([['train.bin/0', 'worm']])
  })

  it('says what a folder without CIFAR lacks', async () => {
    await expect(open('cifar10', lay({}))).rejects.toThrow(
      /expected cifar-10-batches-bin with test_batch.bin, or cifar-10-batches-py with test_batch; found an empty folder/,
    )
  })

  it('reads MNIST, packed or not', async () => {
    const images = Uint8Array.of(0, 0, 8, 3, 0, 0, 0, 2, 0, 0, 0, 1, 0, 0, 0, 1, 5, 6)
    const labels = Uint8Array.of(0, 0, 8, 1, 0, 0, 0, 2, 7, 0)
    const packed = {
      'MNIST/raw/t10k-images-idx3-ubyte.gz': gzipSync(images),
      'MNIST/raw/t10k-labels-idx1-ubyte': labels,
    }
    const set = await open('mnist', lay(packed))
    expect(set.images.map(([, name]) => name)).toEqual(['7', '0'])
    const { data, channels } = set.samples[1]!.image as RawImage
    expect([[...data], channels]).toEqual([[6], 1])
    const few = lay({
      'train-images-idx3-ubyte': images,
      'train-labels-idx1-ubyte': Uint8Array.of(0, 0, 8, 1, 0, 0, 0, 1, 7),
    })
    await expect(open('mnist', few, 'train')).rejects.toThrow(/expected 2 labels, one per image; got 1/)
  })

  it('reads STL-10, whose labels count from 1', async () => {
    const folder = lay({
      'stl10_binary/test_X.bin': new Uint8Array(2 * 27648),
      'stl10_binary/test_y.bin': Uint8Array.of(1, 0),
    })
    const set = await open('stl10', folder)
    expect(set.images).toEqual([['test_X.bin/0', 'airplane']])
    expect(set.told).toEqual(['label-unknown: test_X.bin/1', 'incomplete: stl10, test'])
  })
})

describe('the table of classification sets', () => {
  it('stops when the signal says so', async () => {
    const folder = lay({}, ['a/b.png'])
    await expect(
      classificationSets['folders']!.open(folder, { signal: AbortSignal.abort(new Error('enough')) }),
    ).rejects.toThrow('enough')
  })
})

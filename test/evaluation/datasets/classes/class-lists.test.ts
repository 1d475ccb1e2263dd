/** The class lists have the published sizes, and no name is cut or lost. */
import { describe, expect, it } from 'vitest'
import { aircraft } from '../../../../src/evaluation/datasets/classes/fine-grained/aircraft'
import { caltech101 } from '../../../../src/evaluation/datasets/classes/caltech-101'
import { cars } from '../../../../src/evaluation/datasets/classes/fine-grained/cars'
import { cifar10 } from '../../../../src/evaluation/datasets/classes/cifar-10'
import { cifar100 } from '../../../../src/evaluation/datasets/classes/cifar-100'
import { dtd } from '../../../../src/evaluation/datasets/classes/dtd'
import { euroSAT } from '../../../../src/evaluation/datasets/classes/eurosat'
import { flowers102 } from '../../../../src/evaluation/datasets/classes/fine-grained/flowers-102'
import { food101 } from '../../../../src/evaluation/datasets/classes/fine-grained/food-101'
import { imageNet } from '../../../../src/evaluation/datasets/classes/imagenet/imagenet'
import { imageNetA } from '../../../../src/evaluation/datasets/classes/imagenet/imagenet-a'
import { imageNetR } from '../../../../src/evaluation/datasets/classes/imagenet/imagenet-r'
import { mnist } from '../../../../src/evaluation/datasets/classes/mnist'
import { pcam } from '../../../../src/evaluation/datasets/classes/pcam'
import { pets } from '../../../../src/evaluation/datasets/classes/fine-grained/pets'
import { stl10 } from '../../../../src/evaluation/datasets/classes/stl-10'
import { sun397 } from '../../../../src/evaluation/datasets/classes/sun397'

const lists = [
  { name: 'ImageNet', list: imageNet, classes: 1000, templates: 80 },
  { name: 'ImageNet-A', list: imageNetA, classes: 200, templates: 80 },
  { name: 'ImageNet-R', list: imageNetR, classes: 200, templates: 80 },
  { name: 'Caltech-101', list: caltech101, classes: 102, templates: 34 },
  { name: 'CIFAR-10', list: cifar10, classes: 10, templates: 18 },
  { name: 'CIFAR-100', list: cifar100, classes: 100, templates: 18 },
  { name: 'DTD', list: dtd, classes: 47, templates: 8 },
  { name: 'FGVC-Aircraft', list: aircraft, classes: 100, templates: 2 },
  { name: 'Flowers-102', list: flowers102, classes: 102, templates: 1 },
  { name: 'Food-101', list: food101, classes: 101, templates: 1 },
  { name: 'Pets', list: pets, classes: 37, templates: 1 },
  { name: 'Cars', list: cars, classes: 196, templates: 8 },
  { name: 'SUN397', list: sun397, classes: 397, templates: 2 },
  { name: 'EuroSAT', list: euroSAT, classes: 10, templates: 3 },
  { name: 'MNIST', list: mnist, classes: 10, templates: 1 },
  { name: 'STL-10', list: stl10, classes: 10, templates: 2 },
  { name: 'PCAM', list: pcam, classes: 2, templates: 2 },
]

describe('class lists', () => {
  it.each(lists)('$name has $classes classes and $templates templates', ({ list, classes, templates }) => {
    expect(list.classes).toHaveLength(classes)
    expect(list.templates).toHaveLength(templates)
    expect(new Set(list.keys ?? list.classes).size).toBe(classes)
    if (list.keys) expect(list.keys).toHaveLength(classes)
    for (const name of list.classes) expect(name).toMatch(/^\S(?: ?\S+)*$/)
    for (const template of list.templates) expect(template).toContain('{}')
  })

  it('gives ImageNet the order of its indices', () => {
    expect(imageNet.keys).toEqual([...imageNet.keys!].sort())
    const named = (index: number) => `${imageNet.keys![index]} ${imageNet.classes[index]}`
    expect([0, 207, 657, 744, 999].map(named)).toEqual([
      'n01440764 tench',
      'n02099601 Golden Retriever',
      'n03773504 missile',
      'n04008634 missile',
      'n15075141 toilet paper',
    ])
    expect(imageNetA.classes[0]).toBe('stingray')
    expect(imageNetR.classes.at(-1)).toBe(imageNet.classes[imageNet.keys!.indexOf('n12267677')])
  })
})

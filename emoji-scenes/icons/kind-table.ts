/**
 * The things that are drawn, one per line: the code points of their emoji (several if several pictures show the same thing), then
 * their names, the usual one first. A name that ends in `+` is a plural ("some grapes"). `*` marks a thing that no training
 * picture shows. The names come from the labels and tags of emojibase-data.
 */
export const kindTable = {
  animal: `
    1f415 1f436 | dog, puppy
    1f408 1f431 | cat, kitten, kitty
    1f408-200d-2b1b | *black cat
    1f434 1f40e | horse
    1f42e 1f404 | cow
    1f437 1f416 | pig
    1f42d 1f401 | mouse
    1f430 1f407 | rabbit, bunny
    1f42f 1f405 | tiger
    1f435 1f412 | monkey
    1f981 | lion
    1f98a | fox
    1f43b | bear, grizzly bear
    1f43c | panda
    1f428 | koala
    1f418 | elephant
    1f42b 1f42a | camel
    1f411 1f40f | sheep
    1f984 | unicorn
    1f987 | bat
    1f413 | rooster
    1f424 1f425 | chick, baby chick
    1f427 | penguin
    1f426 | bird
    1f426-200d-2b1b | *black bird
    1f986 | duck
    1f989 | owl
    1f438 | frog
    1f40a | crocodile
    1f422 | turtle, tortoise
    1f40d | snake, serpent
    1f409 1f432 | dragon
    1f40b 1f433 | whale
    1f988 | shark
    1f41f | fish
    1f419 | octopus
    1f980 | crab
    1f40c | snail
    1f98b | butterfly
    1f41d | bee, honeybee, bumblebee
    1f41e | ladybug, ladybird
    1f41c | ant
    1f577 | spider`,
  plant: `
    1f339 | rose
    1f33b | sunflower
    1f337 | tulip
    1f338 | cherry blossom
    1f33c | flower, blossom
    1f332 | pine tree, evergreen tree
    1f333 | tree, deciduous tree
    1f334 | palm tree, palm
    1f335 | cactus
    1f384 | Christmas tree
    1f340 | four leaf clover, clover
    1f341 | maple leaf
    1f344 | mushroom, toadstool
    1f344-200d-1f7eb | *brown mushroom`,
  food: `
    1f34e | red apple
    1f34f | green apple
    1f350 | pear
    1f34b | lemon
    1f34c | banana
    1f349 | watermelon
    1f347 | grapes+, bunch of grapes
    1f353 | strawberry
    1f352 | cherries+
    1f351 | peach
    1f34d | pineapple
    1f345 | tomato
    1f346 | eggplant, aubergine
    1f955 | carrot
    1f951 | avocado
    1f33d | ear of corn, ear of maize
    1f35e | loaf of bread
    1f950 | croissant
    1f9c0 | cheese wedge, wedge of cheese
    1f354 | hamburger, burger
    1f35f | french fries+
    1f355 | slice of pizza, pizza
    1f95a | egg
    1f373 | fried egg
    1f37f | box of popcorn
    1f35a | *bowl of rice
    1f35c | bowl of noodles, bowl of ramen
    1f957 | bowl of salad
    1f359 | rice ball, ball of rice
    1f366 | ice cream cone, soft ice cream
    1f369 | doughnut, donut
    1f36a | cookie, chocolate cookie
    1f382 | birthday cake
    1f370 | slice of cake, shortcake
    1f36d | lollipop
    1f37c | baby bottle, bottle of milk
    1f95b | *glass of milk
    2615 | cup of coffee, hot drink
    1f377 | glass of wine, wine glass
    1f37a | mug of beer, beer mug`,
  vehicle: `
    1f697 1f698 | car, automobile
    1f68c 1f68d | bus
    1f693 1f694 | police car
    1f691 | ambulance
    1f692 | fire engine, fire truck
    1f69c | tractor
    1f3cd | motorcycle
    1f6b2 | bicycle, bike
    1f686 | train
    2708 | airplane, plane, aeroplane
    1f681 | helicopter
    1f680 | rocket
    26f5 | sailboat, yacht
    1f6a2 | ship`,
  building: `
    1f3e0 | house, home
    1f3e1 | *house with a tree
    1f3f0 | castle
    26ea | church
    26fa | tent
    1f3aa | circus tent
    1f3a1 | ferris wheel`,
  'natural thing': `
    2600 | sun
    1f31e | *sun with a face
    1f31d 1f31b 1f31c | moon with a face
    1f319 | crescent moon
    2b50 | star
    2601 | cloud
    26c5 | *sun behind a cloud
    1f327 | cloud with rain, rain cloud
    1f328 | cloud with snow, snow cloud
    1f329 | *cloud with lightning
    26a1 | lightning bolt
    1f308 | rainbow
    2744 | snowflake
    26c4 2603 | snowman
    1f525 | fire, flame
    1f4a7 | droplet, drop of water
    1f30a | water wave, wave
    1f30d 1f30e 1f30f | globe, earth globe
    1f30b | volcano
    1f5fb 1f3d4 | mountain
    1f578 | spider web, web`,
  'piece of clothing': `
    1f453 | glasses+, eyeglasses+
    1f576 | sunglasses+
    1f455 | shirt, t-shirt
    1f456 | jeans+, trousers+
    1f457 | dress
    1f45c | handbag
    1f392 | backpack, rucksack
    1f45e | shoe
    1f460 | high-heeled shoe, stiletto
    1f462 | boot
    1f451 | crown
    1f452 | hat
    1f3a9 | top hat
    1f48d | ring, diamond ring`,
  instrument: `
    1f3b7 | saxophone
    1f3ba | trumpet
    1f3b8 | guitar
    1f3b9 | piano, musical keyboard
    1f3bb | violin
    1f941 | drum
    1f3a4 | microphone`,
  toy: `
    26bd | soccer ball
    26be | baseball
    1f3c0 | basketball
    1f3b1 | pool ball, billiard ball
    1f3af | bullseye, target
    1f3ae | game controller, video game
    1f3b2 | dice
    1f388 | balloon
    1f380 | ribbon
    1f47b | ghost
    1f47d | alien
    1f916 | robot`,
  tool: `
    1f528 | hammer
    26cf | pick
    2692 | hammer and pick
    1f6e0 | *hammer and wrench
    1f527 | wrench
    2699 | gear
    1f3f9 | bow and arrow
    2702 | scissors+
    1f50d 1f50e | magnifying glass
    1f374 | fork and knife
    1f944 | spoon
    1f52a | kitchen knife
    270f | pencil
    1f512 | lock
    1f510 | *lock with a key
    1f511 | key
    26d3 | chain
    26d3-200d-1f4a5 | *broken chain
    2693 | anchor`,
  'everyday thing': `
    1f4d5 | red book
    1f4d8 | blue book
    1f4d9 | orange book
    1f4d7 | *green book
    1f4d6 | open book
    1f4da | stack of books
    2709 | envelope
    1f4e9 | envelope with an arrow
    1f48c | *envelope with a heart
    1f4e6 | package, parcel
    1f4eb 1f4ea | mailbox
    1f4c5 | calendar
    1f3c6 | trophy
    1f381 | present, gift
    1f48e | gem, jewel
    1f514 | bell
    1f515 | *bell with a slash
    1f507 | speaker with a slash
    1f508 1f509 1f50a | speaker
    1f3a7 | headphones+
    1f3b5 | musical note
    1f4f1 | mobile phone
    1f4f2 | *mobile phone with an arrow
    260e | telephone
    1f4bb | laptop
    1f4fa | television, tv
    1f4f7 1f4f8 | camera
    1f56f | candle
    1f4a1 | light bulb
    1f4b0 | money bag, bag of money
    1f4a3 | bomb
    1f6aa | door
    1f6cf | bed
    1f6cb | couch
    1f6c1 | bathtub
    1f6a6 1f6a5 | traffic light
    23f0 | alarm clock
    231b 23f3 | hourglass
    2602 | umbrella
    2614 | *umbrella with rain
    1f480 | skull
    1f383 | jack-o-lantern, pumpkin`,
  shape: `
    2764 | red heart
    1f49b | yellow heart
    1f49a | green heart
    1f499 | *blue heart
    1f49c | purple heart
    1f5a4 | black heart
    1f494 | broken heart
    1f498 | *heart with an arrow
    1f49d | heart with a ribbon
    1f534 | red circle
    1f7e0 | orange circle
    1f7e1 | yellow circle
    1f7e2 | *green circle
    1f535 | blue circle
    1f7e3 | purple circle
    1f7e4 | brown circle
    26ab | black circle
    26aa | white circle
    1f7e5 | red square
    1f7e7 | orange square
    1f7e8 | *yellow square
    1f7e9 | green square
    1f7e6 | blue square
    1f7ea | purple square
    2b1b | black square
    2b1c | white square`,
} as const

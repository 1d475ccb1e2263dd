/** The names of the classes of segmentation sets, in the order of their indices, as SCLIP uses them (github.com/wangf3014/SCLIP, configs/cls_*.txt). */

/** Classes are separated by semicolons, the names of a class by commas. */
function classesIn(text: string): string[][] {
  return text
    .trim()
    .replace(/\s+/g, ' ')
    .split(/; ?/)
    .map((names) => names.split(/, ?/))
}

/** Background names: other contents of a picture than the objects of VOC and COCO. */
const surroundings = `sky, wall, tree, wood, grass, road, sea, river, mountain, sands, desk, bed, building, cloud, lamp, door, window,
wardrobe, ceiling, shelf, curtain, stair, floor, hill, rail, fence`

const person =
  'person, person in shirt, person in jeans, person in dress, person in sweater, person in skirt, person in jacket'

const voc = `aeroplane; bicycle; bird; ship; bottle; bus; car; cat; chair; cow; table; dog; horse; motorbike; ${person};
pottedplant; sheep; sofa; train; television monitor, tv monitor, monitor, television, screen`

const context = `aeroplane; bag; bed; bedclothes; bench; bicycle; bird; boat; book; bottle; building; bus; cabinet; car; cat; ceiling;
chair; cloth; computer; cow; cup; curtain; dog; door; fence; floor; flower; food; grass; ground; horse; keyboard; light; motorbike;
mountain; mouse; person; plate; platform; pottedplant; road; rock; sheep; shelves; sidewalk; sign; sky; snow; sofa; table; track; train;
tree; truck; tvmonitor; wall; water; window; wood`

export const voc20Classes = classesIn(voc)
export const voc21Classes = classesIn(`${surroundings}; ${voc}`)
export const context59Classes = classesIn(context)
export const context60Classes = classesIn(`background; ${context}`)

export const ade20kClasses =
  classesIn(`wall; building; sky; floor; tree; ceiling; road; bed; windowpane; grass; cabinet; sidewalk;
person; earth; door; table; mountain; plant; curtain; chair; car; water; painting; sofa; shelf; house; sea; mirror; rug; field; armchair;
seat; fence; desk; rock; wardrobe; lamp; bathtub; railing; cushion; base; box; column; signboard; chestofdrawers; counter; sand; sink;
skyscraper; fireplace; refrigerator; grandstand; path; stairs; runway; case; pooltable; pillow; screendoor; stairway; river; bridge;
bookcase; blind; coffeetable; toilet; flower; book; hill; bench; countertop; stove; palm; kitchenisland; computer; swivelchair; boat; bar;
arcademachine; hovel; bus; towel; light; truck; tower; chandelier; awning; streetlight; booth; televisionreceiver; airplane; dirttrack;
apparel; pole; land; bannister; escalator; ottoman; bottle; buffet; poster; stage; van; ship; fountain; conveyerbelt; canopy; washer;
plaything; swimmingpool; stool; barrel; basket; waterfall; tent; bag; minibike; cradle; oven; ball; food; step; tank; tradename; microwave;
pot; animal; bicycle; lake; dishwasher; screen; blanket; sculpture; hood; sconce; vase; trafficlight; tray; ashcan; fan; pier; crtscreen;
plate; monitor; bulletinboard; shower; radiator; glass; clock; flag`)

export const cocoStuffClasses =
  classesIn(`person; bicycle; car; motorcycle; airplane; bus; train; truck; boat; trafficlight; firehydrant;
stopsign; parkingmeter; bench; bird; cat; dog; horse; sheep; cow; elephant; bear; zebra; giraffe; backpack; umbrella; handbag; tie;
suitcase; frisbee; skis; snowboard; sportsball; kite; baseballbat; baseballglove; skateboard; surfboard; tennisracket; bottle; wineglass;
cup; fork; knife; spoon; bowl; banana; apple; sandwich; orange; broccoli; carrot; hotdog; pizza; donut; cake; chair; couch; pottedplant;
bed; diningtable; toilet; tv; laptop; mouse; remote; keyboard; cellphone; microwave; oven; toaster; sink; refrigerator; book; clock; vase;
scissors; teddybear; hairdrier; toothbrush; banner; blanket; branch; bridge; building-other; bush; cabinet; cage; cardboard; carpet;
ceiling-other; ceiling-tile; cloth; clothes; clouds; counter; cupboard; curtain; desk-stuff; dirt; door-stuff; fence; floor-marble;
floor-other; floor-stone; floor-tile; floor-wood; flower; fog; food-other; fruit; furniture-other; grass; gravel; ground-other; hill; house;
leaves; light; mat; metal; mirror-stuff; moss; mountain; mud; napkin; net; paper; pavement; pillow; plant-other; plastic; platform;
playingfield; railing; railroad; river; road; rock; roof; rug; salad; sand; sea; shelf; sky-other; skyscraper; snow; solid-other; stairs;
stone; straw; structural-other; table; tent; textile-other; towel; tree; vegetable; wall-brick; wall-concrete; wall-other; wall-panel;
wall-stone; wall-tile; wall-wood; water-other; waterdrops; window-blind; window-other; wood`)

export const cocoObjectClasses =
  classesIn(`${surroundings}; ${person}, body; bicycle; car; motorcycle; airplane; bus; train; truck; boat;
traffic light; fire hydrant; stop sign; parking meter; bench; bird; cat; dog; horse; sheep; cow; elephant; bear; zebra; giraffe; backpack;
umbrella; handbag; tie; suitcase; frisbee; skis; snowboard; sports ball; kite; baseball bat; baseball glove; skateboard; surfboard; tennis
racket; bottle; wine glass; cup; fork; knife; spoon; bowl; banana; apple; sandwich; orange; broccoli; carrot; hot dog; pizza; donut; cake;
chair; couch; potted plant; bed; dining table; toilet; tv; laptop; mouse; remote; keyboard; cell phone; microwave; oven; toaster; sink;
refrigerator; book; clock; vase; scissors; teddy bear; hair drier; toothbrush`)

export const cityscapesClasses =
  classesIn(`road; sidewalk; building; wall; fence; pole; trafficlight; trafficsign; vegetation; terrain; sky;
person; rider; car; truck; bus; train; motorcycle; bicycle`)

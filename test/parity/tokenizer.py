"""Writes captions with the ids that open_clip's tokenizer gives them, one JSON object a line.

    python test/parity/tokenizer.py OUT.jsonl [SEED]          (needs open_clip_torch, ftfy, regex, torch)

The captions are made here: sentences of many languages, emoji, entities, mojibake, control characters, odd white space,
long texts, and random characters of all planes. `npx tsx test/parity/tokenizer-compare.ts OUT.jsonl` compares.
"""
import html.entities
import json
import random
import sys
import unicodedata

from open_clip_import import open_clip

tokenizer = open_clip.SimpleTokenizer()
rng = random.Random(int(sys.argv[2]) if len(sys.argv) > 2 else 1)
pick = rng.choice

subjects = "a tabby cat|two dogs|an old man|a red bus|the city's skyline|a cup of coffee|children|Mr. O'Neill|a 19th-century ship|the U.S. flag|a bird|three women|a café owner|a naïve robot".split("|")
verbs = "sits on|runs across|is standing beside|doesn't look at|they're walking past|I'll never forget|has been painted onto|we've seen near|jumps over|leans against|isn't far from|'d rather be at".split("|")
objects = "a wooden chair|the sunlit window|an empty street|a 3.5-inch screen|its reflection|the snow-covered mountains|a €20 note|the #1 stadium|a 50% sale sign|www.example.com/shop?id=7|a table (made of oak)|room no. 42|the “grand” hotel|a Café de Flore poster".split("|")
tails = ["", ".", "!", " at night.", ", 1080p; 16:9", " — a long exposure", "… and more", " in black & white", " (2023)", "?!", " @home", " [stock photo]", " #sunset #nature", " 100km/h", " w/ friends", " 5'11\" tall"]
foreign = [
    "Eine getigerte Katze sitzt auf einem Stuhl, größer als üblich. STRASSE und Straße, ẞ",
    "Un chat tigré est assis près d'une fenêtre ensoleillée ; l'été dernier, où ça ?",
    "Un gato atigrado está sentado junto a la ventana. ¿Qué más? ¡Adiós, señor Ñandú!",
    "Um gato está sentado à janela; às vezes àquele preço, coração e pão.",
    "Kot siedzi na krześle przy oknie. Zażółć gęślą jaźń, ŁÓDŹ",
    "Kočka sedí na židli u okna. Příliš žluťoučký kůň úpěl ďábelské ódy",
    "Bir kedi pencerenin yanında oturuyor. İSTANBUL, ışık, IĞDIR, şöyle çiçek",
    "Кошка сидит на стуле у окна. Съешь ещё этих мягких французских булок, ЁЖИК",
    "Кіт сидить біля вікна. Їжак, ґанок, єдність",
    "Η γάτα κάθεται στην καρέκλα. ΟΔΥΣΣΕΥΣ, ΤΟΙΣ ΠΑΣΙ, Σίσυφος",
    "חתול יושב על כיסא ליד החלון. שָׁלוֹם",
    "قطة تجلس على كرسي بجانب النافذة. ١٢٣٤ ، مَرْحَبًا",
    "گربه روی صندلی کنار پنجره نشسته است. ۱۲۳",
    "एक बिल्ली खिड़की के पास कुर्सी पर बैठी है। १२३",
    "একটি বিড়াল চেয়ারে বসে আছে। ১২৩",
    "ஒரு பூனை நாற்காலியில் அமர்ந்திருக்கிறது. ௧௨௩",
    "แมวนั่งอยู่บนเก้าอี้ข้างหน้าต่าง ๑๒๓",
    "一只虎斑猫坐在阳光明媚的窗户旁的木椅上。二〇二四年",
    "日当たりの良い窓のそばの木の椅子に、トラ猫が座っている。ｶﾀｶﾅ ＡＢＣ１２３",
    "얼룩무늬 고양이가 창가 의자에 앉아 있다. 한국어",
    "Con mèo ngồi trên ghế cạnh cửa sổ. Tiếng Việt có dấu: ặ ẫ ở ự",
    "კატა ზის სკამზე ფანჯარასთან. ᲙᲐᲢᲐ",
    "Կատուն նստած է աթոռին պատուհանի մոտ: և",
    "ድመት በወንበር ላይ ተቀምጣለች። ፩፪፫",
    "ឆ្មាអង្គុយលើកៅអីក្បែរបង្អួច ១២៣",
    "Kettir sitja við gluggann. Þórður, Æsir, ÐAG",
    "Macska ül az ablaknál: árvíztűrő tükörfúrógép ŐŰ",
    "Pisică pe scaun lângă fereastră: ăâîșț ĂÂÎȘȚ",
    "Katė sėdi ant kėdės prie lango: ąčęėįšųūž",
    "Kaķis sēž uz krēsla pie loga: āčēģīķļņšūž",
]
emoji = "😀 😂 🤣 ❤️ 🔥 👍🏽 👩‍👩‍👧‍👦 🏳️‍🌈 🇩🇪 🇯🇵 ☕️ ✈️ 1️⃣ #️⃣ 🧑🏿‍🚀 👁️‍🗨️ ⌚ ™️ ©️ ♂ ⚧️ 🐈‍⬛ 🫠 🏴󠁧󠁢󠁥󠁮󠁧󠁿 (╯°□°）╯︵ ┻━┻ ¯\\_(ツ)_/¯ ʕ•ᴥ•ʔ ಠ_ಠ :-) <3".split(" ")
names = [name for name in html.entities.html5]
spaces = ["\t", "\n", "\r\n", "\r", "\x0b", "\x0c", "\x1c", "\x1d", "\x1e", "\x1f", "\x85", "\xa0", "\u1680", "\u2003", "\u2009", "\u200b", "\u2028", "\u2029", "\u202f", "\u205f", "\u3000", "\ufeff", "\u180e", "  "]
oddities = ["\x00", "\x07", "\x08", "\x1b[31m", "\x1b[0m", "\x1b[٣m", "\x7f", "\x81", "\x93", "\x9d", "\u200d", "\u200e", "\u206a", "\ufff9", "\ufffd", "\ufffe", "\ud800", "\udc00", "ﬁ", "ﬀ", "ŉ", "Ǆ", "ﬅ", "‘", "’", "“", "”", "‚", "„", "ʼ", "′", "…", "–", "—", "½", "²", "№", "Ⅷ", "①", "ﷺ", "ſ", "K", "Å", "Ω", "ͅ", "e\u0301", "a\u030a", "q\u0323\u0307", "क़", "각", "　", "！", "～", "￠", "ﾞ", "<start_of_text>", "<end_of_text>", "<|endoftext|>", "<ſtart_of_text>", "'ſ", "'S", "'LL"]
wrong = ["latin-1", "cp1252", "cp1250", "cp1251", "cp1253", "cp1254", "cp1257", "iso-8859-2", "mac_roman", "cp437", "sloppy-windows-1252", "sloppy-windows-1251", "sloppy-windows-1250", "sloppy-windows-1253", "sloppy-windows-1254", "sloppy-windows-1257"]
assigned = [chr(c) for c in range(0x20, 0x110000) if unicodedata.category(chr(c)) not in ("Cn", "Cs", "Co")]
latin = [chr(c) for c in range(0x80, 0x250)]


def sentence():
    return f"{pick(subjects)} {pick(verbs)} {pick(objects)}{pick(tails)}"


def any_text():
    return pick([sentence, sentence, lambda: pick(foreign), lambda: " ".join(rng.choices(pick(foreign).split(), k=3))])()


def cased(text):
    return pick([str, str, str.upper, str.title, str.swapcase])(text)


def with_emoji():
    return f"{sentence()} {pick(emoji)}{pick(['', ' '])}{pick(emoji)}"


def entity():
    number = pick([rng.randrange(0, 0x180), rng.randrange(0, 0x3000), rng.randrange(0, 0x120000), 0xD800, 0xFFFF])
    return pick(
        [
            lambda: "&" + pick(names),
            lambda: "&" + pick(names).rstrip(";"),
            lambda: "&" + pick(names).upper(),
            lambda: "&amp;" + pick(names),
            lambda: "&amp;amp;" + pick(names),
            lambda: f"&#{number};",
            lambda: f"&#{number}",
            lambda: f"&#x{number:x};",
            lambda: f"&#X{number:X}",
            lambda: f"&amp;#{number};",
            lambda: pick(["&", "&;", "&#;", "&#x;", "&#xg;", "&nope;", "&notit;", "&ampamp;", "AT&T", "R&D;", "&lt;b&gt;", "<b>&eacute;</b>", "<"]),
        ]
    )()


def with_entities():
    words = any_text().split()
    for _ in range(rng.randint(1, 4)):
        words.insert(rng.randint(0, len(words)), entity())
    return pick([" ", "", "\n"]).join(words)


def mojibake(text, times):
    for _ in range(times):
        encoding = pick(wrong)
        try:
            text = text.encode("utf-8", "surrogatepass").decode(encoding, pick(["strict", "replace", "ignore"]))
        except UnicodeError:
            text = text.encode("utf-8", "surrogatepass").decode("sloppy-windows-1252")
    return text


def with_mojibake():
    text = pick([any_text, with_emoji])()
    broken = mojibake(text, pick([1, 1, 1, 2, 3]))
    change = rng.random()
    if change < 0.15:
        broken = broken.replace("\xa0", " ")
    elif change < 0.25:
        broken = broken.replace("\x9d", "\ufffd").replace("\x81", "?")
    elif change < 0.4:
        broken = f"{any_text()} {broken}"
    elif change < 0.5:
        start = rng.randrange(len(broken))
        broken = broken[start:]
    elif change < 0.55:
        broken = broken.upper()
    return broken


def with_oddities():
    characters = list(any_text())
    for _ in range(rng.randint(1, 6)):
        characters.insert(rng.randint(0, len(characters)), pick(oddities + spaces))
    return "".join(characters)


def with_spaces():
    return "".join(word + pick(spaces) for word in any_text().split())


def random_characters():
    pool = pick([assigned, assigned, latin, [chr(c) for c in range(0x20, 0x7F)], [c for c in assigned if c < "\u3000"]])
    return "".join(pick(pool) for _ in range(rng.randint(1, 40)))


def accented():
    """Real words with Latin, Greek, Cyrillic and box characters beside them, where the heuristic for mojibake decides."""
    pool = latin + [chr(c) for c in range(0x370, 0x500)] + list("€‚ƒ„…†‡ˆ‰Š‹ŒŽ‘’“”•–—˜™š›œžŸ│┌┐└╔╗▀▄█√∂∆∏∑∞∫≈≠≤≥◊ﬁﬂ")
    words = sentence().split()
    for _ in range(rng.randint(1, 5)):
        at = rng.randrange(len(words))
        place = rng.randint(0, len(words[at]))
        words[at] = words[at][:place] + "".join(pick(pool) for _ in range(rng.randint(1, 3))) + words[at][place:]
    return " ".join(words)


def long_caption():
    return " ".join(cased(any_text()) for _ in range(rng.randint(4, 40)))


def code():
    return pick(["def f(x): return x**2 + 1  # comment", "https://example.org/a?b=c&d=e#frag", "3.14159e-10", "1,234,567.89", "C:\\Users\\me\\file.txt", "foo_bar-baz.qux@mail.com", "{'a': [1, 2, 3]}", "<div class=\"x\">hi</div>", "aaaaaaaaaaaaaaaaaaaaaaaaa", "ha" * 30, "!!!???...", "''''", "'s't're", "I'M, YOU'RE; WE'VE", "x" * 300, "", " ", "\n", "_", "a_b", "\u0300"]) + pick(["", " " + any_text()])


kinds = [(lambda: cased(any_text()), 6000), (with_emoji, 2000), (with_entities, 4000), (with_mojibake, 6000), (with_oddities, 3000), (with_spaces, 1500), (random_characters, 3000), (accented, 3000), (long_caption, 1000), (code, 500)]
with open(sys.argv[1], "w", encoding="ascii") as file:
    for make, count in kinds:
        for _ in range(count):
            text = make()
            json.dump({"text": text, "ids": tokenizer.encode(text)}, file)
            file.write("\n")

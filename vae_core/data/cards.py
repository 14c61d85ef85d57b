"""Cards of the data sets that everybody can download, beside MNIST, Fashion-MNIST and digits."""

from __future__ import annotations

from vae_core.data.source import DataCard

DIGITS = tuple("0123456789")
LETTERS = tuple("ABCDEFGHIJKLMNOPQRSTUVWXYZ")
_CIFAR_100 = (
    "apple, aquarium fish, baby, bear, beaver, bed, bee, beetle, bicycle, bottle, bowl, boy, bridge, bus, "
    "butterfly, camel, can, castle, caterpillar, cattle, chair, chimpanzee, clock, cloud, cockroach, "
    "couch, crab, crocodile, cup, dinosaur, dolphin, elephant, flatfish, forest, fox, girl, hamster, "
    "house, kangaroo, keyboard, lamp, lawn mower, leopard, lion, lizard, lobster, man, maple tree, "
    "motorcycle, mountain, mouse, mushroom, oak tree, orange, orchid, otter, palm tree, pear, "
    "pickup truck, pine tree, plain, plate, poppy, porcupine, possum, rabbit, raccoon, ray, road, rocket, "
    "rose, sea, seal, shark, shrew, skunk, skyscraper, snail, snake, spider, squirrel, streetcar, "
    "sunflower, sweet pepper, table, tank, telephone, television, tiger, tractor, train, trout, tulip, "
    "turtle, wardrobe, whale, willow tree, wolf, woman, worm"
)
_CIFAR_100_KINDS = (
    "aquatic mammals,fish,flowers,food containers,fruit and vegetables,household electrical devices,"
    "household furniture,insects,large carnivores,large man-made outdoor things,large natural outdoor scenes,"
    "large omnivores and herbivores,medium-sized mammals,non-insect invertebrates,people,reptiles,small mammals,trees,"
    "vehicles 1,vehicles 2"
)
CIFAR_100_KINDS = tuple(_CIFAR_100_KINDS.split(","))
"""What the classes of CIFAR-100 are of, five to each."""


_GREY, _COLOUR = (1, 28, 28), (3, 32, 32)
KMNIST = DataCard(
    "kmnist", "KMNIST", _GREY, ("o", "ki", "su", "tsu", "na", "ha", "ma", "ya", "re", "wo"), "class", 60_000, 10_000,
    origin="torchvision's KMNIST: Clanuwat et al. 2018, Deep Learning for Classical Japanese Literature "
    "(arXiv 1812.01718)",
)  # fmt: skip
QMNIST = DataCard(
    "qmnist", "QMNIST", _GREY, DIGITS, "class", 60_000, 60_000,
    origin="torchvision's QMNIST: Yadav & Bottou 2019, Cold Case: The Lost MNIST Digits (arXiv 1905.10498); held out "
    "is its whole test set, whose first 10,000 are MNIST's",
)  # fmt: skip
EMNIST_LETTERS = DataCard(
    "emnist-letters", "EMNIST letters", _GREY, LETTERS, "class", 124_800, 20_800,
    origin="torchvision's EMNIST, split letters: Cohen, Afshar, Tapson & van Schaik 2017 (arXiv 1702.05373); turned "
    "upright",
)  # fmt: skip
EMNIST_BALANCED = DataCard(
    "emnist-balanced", "EMNIST balanced", _GREY, (*DIGITS, *LETTERS, *"abdefghnqrt"), "class", 112_800, 18_800,
    origin="torchvision's EMNIST, split balanced: Cohen, Afshar, Tapson & van Schaik 2017 (arXiv 1702.05373); turned "
    "upright",
)  # fmt: skip
USPS = DataCard(
    "usps", "USPS", (1, 16, 16), DIGITS, "class", 7_291, 2_007,
    origin="torchvision's USPS: Hull 1994, A database for handwritten text recognition research; values "
    "rounded to bytes",
)  # fmt: skip
SVHN = DataCard(
    "svhn", "SVHN", _COLOUR, DIGITS, "class", 73_257, 26_032,
    origin="torchvision's SVHN, cropped digits: Netzer et al. 2011, Reading Digits in Natural Images with Unsupervised "
    "Feature Learning",
)  # fmt: skip
CIFAR_10 = DataCard(
    "cifar-10", "CIFAR-10", _COLOUR,
    ("airplane", "automobile", "bird", "cat", "deer", "dog", "frog", "horse", "ship", "truck"), "class", 50_000, 10_000,
    origin="Krizhevsky 2009, Learning Multiple Layers of Features from Tiny Images; the binary version of what "
    "torchvision's CIFAR10 has",
)  # fmt: skip
CIFAR_100 = DataCard(
    "cifar-100", "CIFAR-100", _COLOUR, tuple(_CIFAR_100.split(", ")), "class", 50_000, 10_000,
    origin="Krizhevsky 2009, Learning Multiple Layers of Features from Tiny Images; the binary version of what "
    "torchvision's CIFAR100 has",
)  # fmt: skip
OLIVETTI = DataCard(
    "olivetti", "Olivetti faces", (1, 64, 64), tuple(f"person {number}" for number in range(1, 41)), "class", 360, 40,
    origin="scikit-learn's fetch_olivetti_faces: Samaria & Harter 1994, AT&T Laboratories Cambridge; one of each "
    "person's ten is held out",
)  # fmt: skip

FETCHED = (QMNIST, EMNIST_LETTERS, EMNIST_BALANCED, USPS, SVHN, CIFAR_10, CIFAR_100, OLIVETTI)
"""Those that `by_name` prepares; KMNIST's files are read as MNIST's are."""
NAMES = frozenset(card.name for card in (KMNIST, *FETCHED))

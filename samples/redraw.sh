#!/usr/bin/env bash
# redraw.sh -- draws all samples again, each by the one command of its line below.
# Usage: samples/redraw.sh SYNTHESIZE [FOLDER]     (the program; where to write, by default beside this script)
set -euo pipefail

synthesize=${1:?usage: samples/redraw.sh SYNTHESIZE [FOLDER]}
folder=${2:-$(dirname "$0")}
scratch=$(mktemp -d)
trap 'rm -rf "$scratch"' EXIT

# draw NAME ARGUMENTS...: one picture of 800x600 pixels, unless the arguments say otherwise, and its reading.
draw() {
    local name=$1 extension=jpg
    shift
    [[ " $* " == *" --format png "* ]] && extension=png
    "$synthesize" --output "$scratch/$name" --count 1 --texts --width 800 --height 600 --quality 70 "$@"
    mv "$scratch/$name/000000.$extension" "$folder/$name.$extension"
    mv "$scratch/$name/000000.txt" "$folder/$name.txt"
}

draw chalk --style board --with noise --without small --rows 2-4 --digits 4-8 --seed 21
draw clean-row --style plain --rows 1 --digits 8 --seed 1
draw coloured-paper --style plain --with tinted,colour,texture,gradient,noise --rows 3 --digits 4-8 --seed 23
draw noisy --style plain --with noise,vignette,texture,colour --rows 2-3 --digits 5-8 --seed 24
draw out-of-focus --style plain --with blur,texture,gradient,noise --rows 2-3 --digits 5-8 --seed 14
draw pencil --style plain --with pencil,texture,gradient --rows 2-3 --digits 5-8 --seed 26
draw perspective --style plain --with perspective,tilt,texture,gradient,noise,colour --rows 4 --digits 6-9 --seed 27
draw png --style plain --with colour --rows 2 --digits 3-6 --format png --seed 28
draw ruled --style plain --with ruled,colour,texture,gradient,noise --rows 4 --digits 5-8 --seed 29
draw several-rows --style plain --rows 6 --digits 4-9 --seed 31
draw shadow --style plain --with shadow,gradient,texture,noise --rows 3 --digits 5-8 --seed 10
draw slanted --style plain --with tilt,texture,gradient,noise --rows 3 --digits 6-9 --seed 33
draw small-digits --style plain --with small,texture,noise --rows 8 --digits 8-12 --seed 34
draw squared --style plain --with squared,colour,texture,gradient,noise --rows 3 --digits 4-8 --seed 35
draw table --style plain --with table,texture,gradient,noise,perspective --rows 3 --digits 5-8 --seed 36
draw white-on-black --style board --without small,blur,shadow --rows 1-2 --digits 6-9 --seed 37

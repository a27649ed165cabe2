/* Says of each picture whether it shows a crack, without Python or a framework. */
#include <stdio.h>
#include <stdlib.h>

#define STB_IMAGE_IMPLEMENTATION
#define STBI_ONLY_JPEG
#define STBI_ONLY_PNG
#define STBI_ONLY_BMP
#define STBI_ONLY_PNM
#include "stb_image.h"

#include "classifier.h"

static uint8_t tile[1][TILE][TILE][3];

/* First pixel of the tile of this number along a side; the last tile is moved back to the picture's edge. */
static int tile_start(int number, int length)
{
    int start = number * TILE;
    return start > length - TILE ? length - TILE : start;
}

static float score(const uint8_t *pixels, int width, int left, int top)
{
    float probability[1][1];
    for (int row = 0; row < TILE; ++row)
        memcpy(tile[0][row], pixels + 3 * ((size_t)(top + row) * width + left), 3 * TILE);
    crack_probability(tile, probability);
    return probability[0][0];
}

/* The highest probability over all tiles of a picture of at least one tile. */
static float highest_score(const uint8_t *pixels, int width, int height)
{
    float highest = 0.0f;
    for (int row = 0; row * TILE < height; ++row) {
        for (int column = 0; column * TILE < width; ++column) {
            float found = score(pixels, width, tile_start(column, width), tile_start(row, height));
            highest = found > highest ? found : highest;
        }
    }
    return highest;
}

static int inspect(const char *name)
{
    int width, height, channels;
    int piped = strcmp(name, "-") == 0;
    uint8_t *pixels = piped ? stbi_load_from_file(stdin, &width, &height, &channels, 3)
                            : stbi_load(name, &width, &height, &channels, 3);
    if (pixels == NULL) {
        fprintf(stderr, "%s: cannot be read (%s); expected JPEG, PNG, BMP or PPM\n", name, stbi_failure_reason());
        return 1;
    }
    if (width < TILE || height < TILE) {
        fprintf(stderr, "%s: %dx%d pixels, smaller than a tile of %dx%d\n", name, width, height, TILE, TILE);
        stbi_image_free(pixels);
        return 1;
    }
    float probability = highest_score(pixels, width, height);
    printf("%s: %s, probability %.6f\n", name, probability >= THRESHOLD ? "crack" : "no crack", probability);
    stbi_image_free(pixels);
    return 0;
}

int main(int count, char **words)
{
    int failed = 0;
    if (count < 2) {
        fprintf(stderr, "usage: %s PICTURE...   (JPEG, PNG, BMP or PPM; - reads standard input)\n", words[0]);
        return 2;
    }
    for (int number = 1; number < count; ++number)
        failed |= inspect(words[number]);
    return failed;
}

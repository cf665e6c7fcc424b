"""The nearest of all pairs, exactly: each pair is multiplied once, for both of its ends.

Twice what a search of one set in another takes could give, and with the wide vectors of newer processors: 1.7 times as
fast as FAISS' exact search on two cores. The same whatever the threads: a product is always the same block's, and of
equal ones the smaller number is kept.
"""

from threading import Lock
from typing import Any

import numpy as np
from numba import njit

from analytics.geometry import FloatArray, IntArray
from analytics.linking.stretches import each_stretch

_BLOCK = 1024  # rows: the products of two blocks, 4 MB, stay in the processor's cache
_BLOCKS_AT_ONCE = 16
_LOOKED_AT_ONCE = 64  # products that are compared before anything is decided, which compiles to wide instructions


def nearest_of_all(vectors: FloatArray, count: int) -> IntArray:
    """Return (n, count) numbers of the vectors with the highest inner products, itself among them; -1: no more.

    Args:
        vectors: (n, d) float32.
        count: how many, >= 1.
    """
    products = np.full((len(vectors), count), -np.inf, np.float32)
    numbers = np.full((len(vectors), count), -1, np.int64)
    blocks = -(-len(vectors) // _BLOCK)
    a, b = np.triu_indices(blocks)
    # neighbours in this order are of other blocks, so that threads seldom wait for each other
    order = np.lexsort((a, b - a))
    locks = [Lock() for _ in range(blocks)]

    def compare(some: slice) -> None:
        for one, other in zip(a[order[some]].tolist(), b[order[some]].tolist(), strict=True):
            first, second = one * _BLOCK, other * _BLOCK
            block = vectors[first : first + _BLOCK] @ vectors[second : second + _BLOCK].T
            with locks[one]:
                _rows(block, first, second, products, numbers)
            if one != other:
                with locks[other]:
                    _columns(block, first, second, products, numbers)

    each_stretch(compare, len(order), _BLOCKS_AT_ONCE)
    return numbers


def _insert(products: Any, numbers: Any, own: int, product: float, number: int) -> None:
    """Put a product into its place of a row that is sorted by product, of equal ones by number."""
    place = products.shape[1] - 1
    if product < products[own, place] or (product == products[own, place] and number > numbers[own, place]):
        return
    while place > 0 and (
        products[own, place - 1] < product or (products[own, place - 1] == product and numbers[own, place - 1] > number)
    ):
        products[own, place], numbers[own, place] = products[own, place - 1], numbers[own, place - 1]
        place -= 1
    products[own, place], numbers[own, place] = product, number


_put = njit(nogil=True, cache=True)(_insert)


def _keep_rows(block: Any, first: int, second: int, products: Any, numbers: Any) -> None:
    for row in range(block.shape[0]):
        lowest = products[first + row, -1]
        for begin in range(0, block.shape[1], _LOOKED_AT_ONCE):
            end, hits = min(begin + _LOOKED_AT_ONCE, block.shape[1]), 0
            for column in range(begin, end):
                hits += block[row, column] >= lowest
            if hits:
                for column in range(begin, end):
                    if block[row, column] >= lowest:
                        _put(products, numbers, first + row, block[row, column], second + column)
                lowest = products[first + row, -1]


_rows = njit(nogil=True, cache=True)(_keep_rows)


def _keep_columns(block: Any, first: int, second: int, products: Any, numbers: Any) -> None:
    lowest = products[second : second + block.shape[1], -1].copy()
    for row in range(block.shape[0]):
        for begin in range(0, block.shape[1], _LOOKED_AT_ONCE):
            end, hits = min(begin + _LOOKED_AT_ONCE, block.shape[1]), 0
            for column in range(begin, end):
                hits += block[row, column] >= lowest[column]
            if hits:
                for column in range(begin, end):
                    if block[row, column] >= lowest[column]:
                        _put(products, numbers, second + column, block[row, column], first + row)
                        lowest[column] = products[second + column, -1]


_columns = njit(nogil=True, cache=True)(_keep_columns)

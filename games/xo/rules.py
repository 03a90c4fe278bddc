"""Boards and lines. A board is a text of side * side cells, row by row: '.', 'X' or 'O'."""

LEAST, MOST = 3, 10
DIRECTIONS = ((1, 0), (0, 1), (1, 1), (1, -1))


def board(wish):
    """The board that `{'side', 'line'}` ask for: (side, line); None where there is no such board."""
    side = wish.get('side', 6)
    if type(side) is not int or not LEAST <= side <= MOST:  # `True` is a number to Python, and no size
        return None
    line = wish.get('line', min(4, side))
    return (side, line) if type(line) is int and LEAST <= line <= side else None


def empty(side):
    return '.' * (side * side)


def put(cells, side, x, y, mark):
    at = y * side + x
    return cells[:at] + mark + cells[at + 1:]


def winning_cells(cells, side, line, x, y):
    """The cells of every line that runs through (x, y), in one colour and long enough: [[x, y], ...], or []."""
    mark = cells[y * side + x]
    won = []
    for dx, dy in DIRECTIONS:
        run = [*reversed(ray(cells, side, x, y, -dx, -dy, mark)), [x, y], *ray(cells, side, x, y, dx, dy, mark)]
        if len(run) >= line:
            won += [cell for cell in run if cell not in won]
    return won


def ray(cells, side, x, y, dx, dy, mark):
    """The cells of this mark that follow each other from (x, y) on, without it."""
    found = []
    x, y = x + dx, y + dy
    while 0 <= x < side and 0 <= y < side and cells[y * side + x] == mark:
        found.append([x, y])
        x, y = x + dx, y + dy
    return found


def windows(side, line):
    """Every stretch of cells that wins when one player owns it, as numbers of cells."""
    found = []
    for y in range(side):
        for x in range(side):
            for dx, dy in DIRECTIONS:
                end_x, end_y = x + dx * (line - 1), y + dy * (line - 1)
                if end_x < side and 0 <= end_y < side:
                    found.append(tuple((y + dy * i) * side + x + dx * i for i in range(line)))
    return found

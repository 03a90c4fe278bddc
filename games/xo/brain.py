"""How a bot thinks. On 3x3 it looks at every game there is, and never loses; on larger boards it looks ahead as far as its time allows."""
import functools
import time

import rules

WON = 1_000_000
BREADTH = 10  # moves that are worth a look, from the best-looking on


def think(cells, side, line, mark, chance, budget=0.08):
    """The number of the cell to play. `chance` decides between moves that are as good; `budget` in seconds."""
    if side == 3:
        best = max(values(cells, mark).items(), key=lambda item: (item[1], chance.random()))
        return best[0]
    return Search(cells, side, line, mark, chance, budget).best()


def values(cells, mark):
    """3x3: what each free cell is worth to `mark`, who is to play."""
    other = 'O' if mark == 'X' else 'X'
    return {
        at: -value_of(cells[:at] + mark + cells[at + 1:], other) for at, cell in enumerate(cells) if cell == '.'
    }


@functools.cache
def value_of(cells, mark):
    """3x3: 0 for a draw; the sooner a win, the farther from it."""
    if any(cells[a] == cells[b] == cells[c] != '.' for a, b, c in rules.windows(3, 3)):
        return -(1 + cells.count('.'))  # the last move has won, and it was not ours
    return max(values(cells, mark).values(), default=0)


@functools.cache
def geometry(side, line):
    """Every winning stretch, and for each cell the numbers of those that it lies in."""
    stretches = rules.windows(side, line)
    through = [[] for _ in range(side * side)]
    for number, stretch in enumerate(stretches):
        for at in stretch:
            through[at].append(number)
    return stretches, through


class OutOfTime(Exception):
    pass


class Search:
    """Alpha-beta over the best-looking moves, deeper and deeper until the time is up. Player 0 is who asks."""

    def __init__(self, cells, side, line, mark, chance, budget):
        self.line = line
        self.end = time.perf_counter() + budget
        self.stretches, self.through = geometry(side, line)
        self.free = set(range(side * side))
        self.counts = [[0] * len(self.stretches), [0] * len(self.stretches)]
        self.score = 0  # of player 0 against player 1
        # A stretch that holds one more of one player's own, and none of the other's, is worth several of those before.
        self.worth = [0] + [5 ** n for n in range(line)]
        # Between moves that promise the same: the middle rather than the edge, and chance, so that two games are seldom alike.
        self.taste = [
            chance.random() / 20 - (abs(2 * (at % side) - side + 1) + abs(2 * (at // side) - side + 1)) / 100
            for at in range(side * side)
        ]
        for at, cell in enumerate(cells):
            if cell != '.':
                self.place(at, 0 if cell == mark else 1)

    def place(self, at, player):
        """Returns whether this move wins."""
        self.free.discard(at)
        mine, theirs, worth = self.counts[player], self.counts[1 - player], self.worth
        gained, won = 0, False
        for number in self.through[at]:
            count = mine[number]
            if theirs[number] == 0:
                gained += worth[count + 1] - worth[count]
                won = won or count + 1 == self.line
            elif count == 0:
                gained += worth[theirs[number]]
            mine[number] = count + 1
        self.score += gained if player == 0 else -gained
        return won

    def take_back(self, at, player):
        mine, theirs, worth = self.counts[player], self.counts[1 - player], self.worth
        lost = 0
        for number in self.through[at]:
            count = mine[number] - 1
            mine[number] = count
            if theirs[number] == 0:
                lost += worth[count + 1] - worth[count]
            elif count == 0:
                lost += worth[theirs[number]]
        self.score -= lost if player == 0 else -lost
        self.free.add(at)

    def moves(self, player):
        """The moves that are worth a look, best-looking first. One that wins is alone, and so is one that must be made."""
        mine, theirs, worth = self.counts[player], self.counts[1 - player], self.worth
        short = self.line - 1
        ranked, forced = [], []
        for at in self.free:
            promise = self.taste[at]
            for number in self.through[at]:
                own, other = mine[number], theirs[number]
                if other == 0:
                    if own == short:
                        return [at]
                    promise += worth[own + 1] * 1.1
                elif own == 0:
                    if other == short:
                        forced.append(at)
                    promise += worth[other + 1]
            ranked.append((promise, at))
        if forced:
            return forced[:1]
        ranked.sort(reverse=True)
        return [at for _, at in ranked[:BREADTH]]

    def best(self):
        candidates = self.moves(0)
        if len(candidates) == 1:
            return candidates[0]
        order, chosen = candidates, candidates[0]
        try:
            for depth in range(1, len(self.free) + 1):
                results = []
                alpha = -WON * 2
                for at in order:
                    value = self.after(at, 0, depth - 1, -WON * 2, -alpha)
                    results.append((value, at))
                    alpha = max(alpha, value)
                results.sort(key=lambda result: result[0], reverse=True)
                order = [at for _, at in results]
                chosen = order[0]
                if abs(results[0][0]) > WON // 2:
                    break
        except OutOfTime:
            pass
        return chosen

    def after(self, at, player, depth, alpha, beta):
        """What a move is worth to who makes it."""
        won = self.place(at, player)
        try:
            if won:
                return WON + depth
            return -self.value(1 - player, depth, alpha, beta)
        finally:
            self.take_back(at, player)

    def value(self, player, depth, alpha, beta):
        """What the board is worth to who is to play."""
        if not self.free:
            return 0
        if depth <= 0:
            return self.score if player == 0 else -self.score
        if time.perf_counter() > self.end:
            raise OutOfTime
        best = -WON * 2
        for at in self.moves(player):
            best = max(best, self.after(at, player, depth - 1, -beta, -max(alpha, best)))
            if best >= beta:
                break
        return best

"""One table: a command in, events out, or a reason why not."""
import rules
from fold import START, fold, seat_of

KEPT = 1000  # events
SHUFFLES = 200  # events of a table that waits, before it gets a new board
MOST_RENAMES = 400  # events of one game, names among them
NAME = 24  # characters


class Refused(Exception):
    """A sentence for the player. Nothing has happened."""


def tidy(text):
    """A name to show: one line of printable letters, '' where nothing is left."""
    words = ''.join(letter if letter.isprintable() else ' ' for letter in text[:500]).split()
    return ' '.join(words)[:NAME].strip()


class Table:
    """Players are `{'player': 'client:3', 'name': 'Ada', 'bot': False}`."""

    def __init__(self, now, chance, told):
        """`now()` in milliseconds; `chance` draws lots; `told(event)` hears of what happens."""
        self.now, self.chance, self.told = now, chance, told
        self.state = START
        self.log = []
        self.set = False  # by a lobby
        self.wishes = {
            'move': self.move, 'resign': self.resign, 'rematch': self.rematch, 'game_init': self.game_init,
            'sit': self.sit, 'stand': self.stand, 'rename': self.rename,
        }

    # What a lobby, the door and the players ask for

    def create(self, wish):
        """A lobby sets the table, before anybody has come. Where there is no such board, it is the usual one."""
        if self.log:
            return
        self.set = True
        side, line = rules.board(wish) or rules.board({})
        self._create(None, side=side, line=line)

    def arrive(self, who, watching):
        if not self.log:
            self._create(None)
        if not watching and seat_of(self.state, who['player']) is None and self.free_seat(who) is not None:
            self.sit(who, {})

    def leave(self, player):
        """For good: in the middle of a game that is a defeat."""
        seat = seat_of(self.state, player)
        if seat is None:
            return
        if self.state['phase'] == 'playing':
            self._end(player, 1 - seat, 'left')
        self._stand_up(player, seat)

    def obey(self, who, command, data):
        """Raises Refused where a rule is in the way."""
        wish = self.wishes.get(command)
        if wish is None:
            raise Refused('There is no such command')
        wish(who, data)

    # Commands

    def move(self, who, data):
        seat = self._seat(who)
        if self.state['phase'] != 'playing':
            raise Refused('No game is being played')
        if self.state['turn'] != seat:
            raise Refused("It is the other player's turn")
        x, y, side = data.get('x'), data.get('y'), self.state['side']
        if type(x) is not int or type(y) is not int or not (0 <= x < side and 0 <= y < side):
            raise Refused('There is no such cell')
        if self.state['cells'][y * side + x] != '.':
            raise Refused('That cell is taken')
        self._record('move_made', who['player'], x=x, y=y)
        won = rules.winning_cells(self.state['cells'], side, self.state['line'], x, y)
        if won:
            self._end(who['player'], seat, 'line', won)
        elif '.' not in self.state['cells']:
            self._end(who['player'], None, 'full')

    def resign(self, who, _data):
        seat = self._seat(who)
        if self.state['phase'] != 'playing':
            raise Refused('No game is being played')
        self._end(who['player'], 1 - seat, 'resign')

    def rematch(self, who, _data):
        seat = self._seat(who)
        if self.state['phase'] != 'over':
            raise Refused('There is no game to play again')
        other = self.state['seats'][1 - seat]
        if other is not None and not other['bot']:
            if self.state['rematch'][seat]:
                raise Refused('You have asked already')
            self._record('rematch_asked', who['player'])
            if not all(self.state['rematch']):
                return
        self._create(who['player'], game=self.state['game'] + 1)
        self._begin()

    def game_init(self, who, data):
        seat = self._seat(who)
        if self.set:
            raise Refused('This board was chosen when the game was created')
        other = self.state['seats'][1 - seat]
        if self.state['phase'] == 'playing':
            raise Refused('A game is being played')
        if self.state['phase'] == 'over' and other and not other['bot']:
            raise Refused('Ask for a rematch')
        board = rules.board(data)
        if board is None:
            raise Refused('A board has 3 to 10 cells a side, and a line 3 cells up to the side')
        side, line = board
        self._create(who['player'], side=side, line=line, game=self.state['game'] + (self.state['phase'] == 'over'))
        self._begin()

    def sit(self, who, _data):
        if seat_of(self.state, who['player']) is not None:
            raise Refused('You have a seat')
        seat = self.free_seat(who)
        if seat is None:
            raise Refused('Both seats are taken')
        if self.state['seats'][seat]:
            self._stand_up(self.state['seats'][seat]['player'], seat)
        if self.state['phase'] == 'over':
            self._create(who['player'], game=self.state['game'] + 1)
        self._record('player_joined', who['player'], seat=seat, name=who['name'], bot=who['bot'])
        self._begin()

    def stand(self, who, _data):
        seat = self._seat(who)
        if self.state['phase'] == 'playing':
            raise Refused('A game is being played: resign first')
        self._stand_up(who['player'], seat)

    def rename(self, who, data):
        name = data.get('name')
        name = tidy(name) if isinstance(name, str) else ''
        if not name:
            raise Refused('A name needs letters')
        if not who['player'].startswith('client:'):
            raise Refused('Your name is that of your account')
        if self.state['phase'] == 'playing':
            raise Refused('A game is being played')
        if self._happened() > MOST_RENAMES:
            raise Refused('You have changed your name often enough')
        who['name'] = name
        seat = seat_of(self.state, who['player'])
        if seat is None or self.state['seats'][seat]['name'] == name:
            return
        self._record('player_renamed', who['player'], name=name)
        self._shuffled()

    # What is so

    def free_seat(self, who):
        """The seat that is free for this player, or None. A bot gives way to a person between games."""
        for seat, taken in enumerate(self.state['seats']):
            if taken is None:
                return seat
        if self.state['phase'] != 'playing' and not who['bot']:
            for seat, taken in enumerate(self.state['seats']):
                if taken['bot']:
                    return seat
        return None

    def waits_alone(self):
        """The one person that waits at a table for two, or None."""
        seats = [taken for taken in self.state['seats'] if taken]
        return seats[0] if self.state['phase'] == 'waiting' and len(seats) == 1 and not seats[0]['bot'] else None

    def since(self, seq):
        return [event for event in self.log if event['seq'] > seq]

    # What happens

    def _seat(self, who):
        seat = seat_of(self.state, who['player'])
        if seat is None:
            raise Refused('You are watching')
        return seat

    def _record(self, name, player, /, **data):
        event = {
            'type': 'event', 'seq': self.state['seq'] + 1, 'name': name, 'player': player, 'at': self.now(), 'data': data,
        }
        self.state = fold(self.state, event)
        self.log.append(event)
        self.told(event)

    def _create(self, player, /, **changes):
        kept = ('game', 'side', 'line', 'seats', 'score', 'first')
        data = {key: self.state[key] for key in kept} | {'game': self.state['game'] or 1} | changes
        self._record('game_created', player, **data)
        starts = [i for i, event in enumerate(self.log) if event['name'] == 'game_created']
        self.log = self.log[next((i for i in starts if len(self.log) - i <= KEPT), starts[-1]):]

    def _begin(self):
        """As soon as two sit at a new board; the other one is X this time, or it is drawn by lot."""
        if None in self.state['seats']:
            return
        first = self.state['first']
        self._record('game_started', None, first=self.chance.randrange(2) if first is None else 1 - first)

    def _end(self, player, winner, by, cells=()):
        self._record('game_over', player, winner=winner, by=by, cells=list(cells))

    def _stand_up(self, player, seat):
        self._record('player_left', player, seat=seat)
        self._shuffled()

    def _shuffled(self):
        if self.state['phase'] == 'waiting' and self._happened() > SHUFFLES:
            self._create(None)

    def _happened(self):
        """How many events there are since the board was new."""
        return self.state['seq'] - max(event['seq'] for event in self.log if event['name'] == 'game_created')

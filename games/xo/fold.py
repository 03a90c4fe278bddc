"""The state is the fold of the events: nothing else changes it, and an event always does the same to it."""
import rules

START = {
    'seq': 0, 'game': 0, 'side': 6, 'line': 4, 'phase': 'waiting', 'seats': [None, None], 'score': [0, 0, 0],
    'first': None, 'turn': None, 'cells': rules.empty(6), 'moves': [], 'result': None, 'rematch': [False, False],
}


def fold(state, event):
    """A new state; the old one stays as it is."""
    data = event['data']
    return {**state, **CHANGES[event['name']](state, event['player'], data), 'seq': event['seq']}


def seat_of(state, player):
    """0, 1, or None for who watches."""
    for seat, taken in enumerate(state['seats']):
        if taken and taken['player'] == player:
            return seat
    return None


def replaced(pair, seat, value):
    return [value, pair[1]] if seat == 0 else [pair[0], value]


def created(_state, _player, data):
    return {
        **START, 'game': data['game'], 'side': data['side'], 'line': data['line'], 'seats': data['seats'],
        'score': data['score'], 'first': data['first'], 'cells': rules.empty(data['side']),
    }


def joined(state, player, data):
    taken = {'player': player, 'name': data['name'], 'bot': data['bot']}
    # Whoever sat here before has no part in what these two have won.
    return {'seats': replaced(state['seats'], data['seat'], taken), 'score': [0, 0, 0], 'first': None}


def left(state, _player, data):
    seat = data['seat']
    return {'seats': replaced(state['seats'], seat, None), 'rematch': replaced(state['rematch'], seat, False)}


def renamed(state, player, data):
    seat = seat_of(state, player)
    return {'seats': replaced(state['seats'], seat, {**state['seats'][seat], 'name': data['name']})}


def started(_state, _player, data):
    return {'phase': 'playing', 'first': data['first'], 'turn': data['first']}


def moved(state, _player, data):
    x, y = data['x'], data['y']
    mark = 'X' if state['turn'] == state['first'] else 'O'
    return {
        'cells': rules.put(state['cells'], state['side'], x, y, mark),
        'moves': [*state['moves'], [x, y]],
        'turn': 1 - state['turn'],
    }


def over(state, _player, data):
    score = list(state['score'])
    score[2 if data['winner'] is None else data['winner']] += 1
    return {'phase': 'over', 'turn': None, 'result': data, 'score': score}


def rematch(state, player, _data):
    return {'rematch': replaced(state['rematch'], seat_of(state, player), True)}


CHANGES = {
    'game_created': created, 'player_joined': joined, 'player_left': left, 'player_renamed': renamed,
    'game_started': started, 'move_made': moved, 'game_over': over, 'rematch_asked': rematch,
}

"""Who is connected, and as which player. This is of connections, not of the game: no event tells it."""
from table import tidy

BOT = 'bot'
BOT_NAME = 'Pip'


class People:
    def __init__(self):
        self.clients = {}  # number: {'player', 'name', 'bot', 'away'}

    def join(self, number, line):
        """The newcomer. Only keys with an underscore are the server's: nobody can forge them."""
        bot = line.get('_bot') is True
        sub = line.get('_sub')
        if bot:
            player, name = BOT, BOT_NAME
        elif isinstance(sub, str) and sub:
            player, name = f'user:{sub[:200]}', words(line.get('_name'))
        else:
            player, name = f'client:{number}', words(line.get('_name')) or words(line.get('_guest'))
        self.clients[number] = {'player': player, 'name': name or f'Player {number}', 'bot': bot, 'away': False}
        return self.clients[number]

    def leave(self, number):
        """The player that is gone with this client, or None: it may be here in another window."""
        who = self.clients.pop(number, None)
        return who['player'] if who and who['player'] not in self.players() else None

    def mark(self, number, away):
        if number in self.clients:
            self.clients[number]['away'] = away

    def players(self):
        return {who['player'] for who in self.clients.values()}

    def presence(self, seats):
        seated = [taken['player'] for taken in seats if taken]
        here = {who['player'] for who in self.clients.values() if not who['away']}
        return {
            'type': 'presence',
            'here': [player for player in seated if player in here],
            'away': [player for player in seated if player not in here],
            'watching': len(here - set(seated)),
        }


def words(value):
    return tidy(value) if isinstance(value, str) else ''

#!/usr/bin/env python3
"""XO: one room. Reads lines, prints lines; README.md says which. Needs Python 3.10."""
import argparse
import json
import random
import sys
import time

from people import BOT, People
from table import Refused, Table

BOT_GRACE = 15_000  # milliseconds for a bot that broke down to come back
LONGEST_ALONE = 3600  # seconds


class Game:
    def __init__(self, alone, chance):
        self.alone = alone
        self.table = Table(lambda: time.time_ns() // 1_000_000, chance, lambda event: tell(**event))
        self.people = People()
        self.invited = False
        # What was told last: only changes are.
        self.bots, self.meta, self.presence, self.lonely = 0, None, None, None

    def hear(self, line):
        match line:
            case {'t': 'Game', '_sys': True, 'parameters': dict(wish)} | {'t': 'Create', '_sys': True, 'params': dict(wish)}:
                self.table.create(wish)
                self.alone = seconds(wish.get('alone'), self.alone)
            case {'t': 'Join', '_sys': True, '_from': int(number)}:
                who = self.people.join(number, line)
                self.welcome(number)
                self.table.arrive(who, watching=bool(line.get('_watch')))
                self.settle(newcomer=number)
            case {'t': 'Away' | 'Back' as what, '_sys': True, '_from': int(number), **how}:
                self.people.mark(number, away=what == 'Away')
                known = what == 'Away' or not how.keys() & {'fresh', 'missed'}
                if not known:
                    self.welcome(number)
                self.settle(newcomer=None if known else number)
            case {'t': 'Leave', '_sys': True, '_from': int(number)}:
                self.gone(self.people.leave(number))
                self.settle()
            case {'t': 'Timer', '_sys': True, 'timer': 'alone'} if self.table.waits_alone():
                self.invited = True
                self.settle()
            case {'t': 'Timer', '_sys': True, 'timer': 'bot'} if BOT not in self.people.players():
                self.table.leave(BOT)
                self.settle()
            case {'_from': int(number)} if number in self.people.clients and '_sys' not in line:
                error = self.refusal(number, line)
                self.settle()
                answer(number, line.get('ref'), error)

    def refusal(self, number, line):
        """What is wrong with a command, or None when it is done."""
        command, data = line.get('type'), line.get('data', {})
        try:
            if not isinstance(command, str) or not isinstance(data, dict):
                raise Refused('A command is {"type":…,"data":{…}}')
            self.obey(number, command, data)
        except Refused as reason:
            return str(reason)

    def obey(self, number, command, data):
        who = self.people.clients[number]
        match command:
            case 'hello':
                have = data.get('have', 0)
                if type(have) is not int:
                    raise Refused('"have" is the number of an event')
                tell(type='events', events=self.table.since(have), _to=number)
            case 'invite_bot':
                if self.table.waits_alone() is None or self.table.waits_alone()['player'] != who['player']:
                    raise Refused('A bot plays with who waits alone')
                self.invited = True
            case _:
                self.table.obey(who, command, data)
                if command == 'game_init':
                    self.alone = seconds(data.get('alone'), self.alone)
                    self.lonely = None

    def welcome(self, number):
        you = self.people.clients[number]['player'] if number in self.people.clients else None
        table = self.table
        tell(type='welcome', you=you, state=table.state, events=table.log, set=table.set, _to=number)

    def gone(self, player):
        if player == BOT and self.bots:
            tell(_timer='bot', ms=BOT_GRACE)
        elif player:
            self.table.leave(player)

    def settle(self, newcomer=None):
        """What follows from what has happened, for bots, lobbies and everybody's eyes."""
        state = self.table.state
        seats = state['seats']
        bot = any(taken and taken['bot'] for taken in seats)
        person = any(taken and not taken['bot'] for taken in seats)
        alone = self.table.waits_alone()
        self.invited = self.invited and person and (bot or alone is not None)
        if self.bots != self.invited:
            self.bots = int(self.invited)
            tell(_bots=self.bots)
        self.lone(alone if self.alone and not self.invited else None)

        names = [taken['name'] for taken in seats if taken]
        is_open = state['phase'] != 'playing' and (None in seats or bot)
        meta = {'open': is_open, 'state': state['phase'], 'players': names, 'side': state['side'], 'line': state['line']}
        if self.meta != meta:
            self.meta = meta
            tell(_meta=True, **meta)
        presence = self.people.presence(seats)
        if self.presence != presence:
            self.presence = presence
            tell(**presence)
        elif newcomer is not None:
            tell(**presence, _to=newcomer)

    def lone(self, who):
        """Somebody waits and may want a bot after a while."""
        player = who and who['player']
        if self.lonely == player:
            return
        self.lonely = player
        tell(_timer='alone', ms=self.alone * 1000 if player else None)


def seconds(value, otherwise):
    return value if type(value) is int and 0 <= value <= LONGEST_ALONE else otherwise


def answer(number, ref, error):
    known = (type(ref) is int and abs(ref) <= 2**53) or (isinstance(ref, str) and len(ref) <= 64)
    tell(type='answer', ref=ref if known else None, ok=error is None, error=error, _to=number)


def tell(**line):
    print(json.dumps(line, separators=(',', ':')), flush=True)


def main():
    options = argparse.ArgumentParser(description='XO for two, as a program that reads lines and prints lines.')
    options.add_argument('--alone', type=int, default=0, help='seconds after which a bot comes to who waits alone')
    options.add_argument('--seed', type=int, help='lots that can be repeated')
    asked = options.parse_args()
    game = Game(asked.alone, random.Random(asked.seed))
    sys.stdin.reconfigure(encoding='utf-8', errors='replace')
    for line in sys.stdin:
        try:
            message = json.loads(line)
        except (ValueError, RecursionError):
            continue  # no client can send it: lines are JSON objects
        game.hear(message)


if __name__ == '__main__':
    main()

"""A Graphite over a folder: writes the series of series.json into its storage, then serves its web application."""

import json
import os
import sys
from wsgiref.simple_server import make_server

import whisper

here = os.getcwd()
with open("series.json") as file:
    for name, points in json.load(file).items():
        path = os.path.join(here, "whisper", *name.split(".")) + ".wsp"
        os.makedirs(os.path.dirname(path), exist_ok=True)
        whisper.create(path, [(60, 24 * 60)])
        whisper.update_many(path, points)

with open("here.py", "w") as file:
    file.write(
        f"GRAPHITE_ROOT = STORAGE_DIR = CONF_DIR = LOG_DIR = {here!r}\n"
        f"WHISPER_DIR = {here + '/whisper'!r}\n"
        f"INDEX_FILE = {here + '/index'!r}\n"
        f"DATABASES = {{'default': {{'ENGINE': 'django.db.backends.sqlite3', 'NAME': {here + '/db'!r}}}}}\n"
        "SECRET_KEY = 'of one test'\nALLOWED_HOSTS = ['*']\nCARBONLINK_HOSTS = []\n"
    )
sys.path.insert(0, here)
os.environ["DJANGO_SETTINGS_MODULE"] = "graphite.settings"
os.environ["GRAPHITE_SETTINGS_MODULE"] = "here"

import django
from django.core.management import call_command

django.setup()
call_command("migrate", run_syncdb=True, verbosity=0)

from graphite.wsgi import application

server = make_server("127.0.0.1", 0, application)
print(f"listens on 127.0.0.1:{server.server_port}", flush=True)
server.serve_forever()

"""Captures with Debian's libfprint for the driver beside it (libfprint-driver.ts).

Commands come as lines of JSON: {"op": "list"}, {"op": "open", "id": ...}, {"op": "capture"}, {"op": "cancel"}. Answers go as frames: four bytes
big-endian of length, then JSON; after one with "bytes" follow as many bytes of image. The end of the input ends the process. One device a process.
"""

import json
import os
import struct
import sys

import gi

gi.require_version("FPrint", "2.0")
from gi.repository import FPrint, Gio, GLib  # noqa: E402

out = sys.stdout.buffer


def say(event, payload=b"", **more):
    head = json.dumps({"event": event, "bytes": len(payload), **more}).encode()
    out.write(struct.pack(">I", len(head)) + head + payload)
    out.flush()


def refuse(error):
    """`name` is the nickname of the code in libfprint's or GIO's table."""
    name = "other"
    if error.matches(Gio.io_error_quark(), Gio.IOErrorEnum.CANCELLED):
        name = "cancelled"
    elif error.domain == GLib.quark_to_string(FPrint.device_retry_quark()):
        name = "retry"
    else:
        for nick in ("BUSY", "REMOVED", "NOT_SUPPORTED", "PROTO", "TOO_HOT"):
            if error.matches(FPrint.device_error_quark(), getattr(FPrint.DeviceError, nick)):
                name = nick.lower()
    say("failed", name=name, message=error.message)


class Helper:
    def __init__(self):
        self.loop = GLib.MainLoop()
        self.context = FPrint.Context()
        self.device = None
        self.running = None
        self.buffer = b""
        channel = GLib.IOChannel.unix_new(sys.stdin.fileno())
        channel.set_encoding(None)
        channel.set_flags(GLib.IOFlags.NONBLOCK)
        GLib.io_add_watch(channel, GLib.PRIORITY_DEFAULT, GLib.IOCondition.IN | GLib.IOCondition.HUP, self.on_input)

    def devices(self):
        return [d for d in self.context.get_devices() if d.has_feature(FPrint.DeviceFeature.CAPTURE)]

    def on_input(self, _channel, _condition):
        try:
            data = os.read(sys.stdin.fileno(), 65536)
        except BlockingIOError:
            return True
        if not data:
            self.loop.quit()
            return False
        self.buffer += data
        while b"\n" in self.buffer:
            line, self.buffer = self.buffer.split(b"\n", 1)
            self.on_command(json.loads(line))
        return True

    def on_command(self, command):
        op = command.get("op")
        if op == "list":
            say(
                "devices",
                devices=[
                    {"id": d.get_driver() + "/" + d.get_device_id(), "driver": d.get_driver(), "name": d.get_name()}
                    for d in self.devices()
                ],
            )
        elif op == "open":
            found = [d for d in self.devices() if d.get_driver() + "/" + d.get_device_id() == command.get("id")]
            if not found:
                say("failed", name="absent", message="no such device")
                return
            self.device = found[0]
            self.device.connect("removed", lambda _device: say("removed"))
            self.device.connect("notify::finger-status", self.on_finger)
            self.device.open(None, self.on_opened)
        elif op == "capture":
            self.running = Gio.Cancellable()
            self.device.capture(True, self.running, self.on_captured)
        elif op == "cancel" and self.running is not None:
            self.running.cancel()

    def on_finger(self, device, _property):
        say("finger", present=bool(device.get_finger_status() & FPrint.FingerStatusFlags.PRESENT))

    def on_opened(self, device, result):
        try:
            device.open_finish(result)
            say("opened", driver=device.get_driver(), name=device.get_name())
        except GLib.Error as error:
            refuse(error)

    def on_captured(self, device, result):
        self.running = None
        try:
            image = device.capture_finish(result)
        except GLib.Error as error:
            refuse(error)
            return
        pixels = bytes(image.get_data())
        say("image", pixels, width=image.get_width(), height=image.get_height(), ppmm=image.get_ppmm())


Helper().loop.run()

# SPDX-License-Identifier: Apache-2.0
"""Clients that ask all the time, to see that something goes on undisturbed."""
import threading


class Load:
    """Requests over and over, over kept and over new connections; counts what fails."""

    def __init__(self, weir, kept=4, fresh=4):
        self.weir, self.ending, self.good, self.failures = weir, False, 0, []
        self.threads = [threading.Thread(target=self.keep) for _ in range(kept)]
        self.threads += [threading.Thread(target=self.renew) for _ in range(fresh)]
        for thread in self.threads:
            thread.start()

    def check(self, answer):
        if answer.status == 200:
            self.good += 1
        else:
            self.failures.append(answer)

    def keep(self):
        try:
            with self.weir.connect() as client:
                while not self.ending:
                    answer = client.get("/")
                    self.check(answer)
                    if answer.get("Connection") == "close":
                        client.close()
                        return self.keep()
        except Exception as error:
            self.failures.append(repr(error))

    def renew(self):
        while not self.ending:
            try:
                with self.weir.connect() as client:
                    self.check(client.get("/", "Connection: close"))
            except Exception as error:
                self.failures.append(repr(error))

    def stop(self):
        self.ending = True
        for thread in self.threads:
            thread.join()

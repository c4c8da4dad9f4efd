"""Requests to a language model: a small library that knows nothing of classes or labels (docs/asking.md).

The path of a question, and its shape on the way::

    generation.writer.write_texts      Question            a prompt of one wave (labeling.labeler: a text to label)
    client.Client.ask                  Question            has a key; what is stored is not sent
      engine.session.Session.send      Pending             claimed, so that only one process sends it
        engine.workers.WorkerPool.run  Pending             a free worker waits for rate limiter and budget, retries
          endpoints.Hosted.answer      JSON body           or endpoints.bundled, for the llama.cpp server
            transport.Transport.post   HTTP
          endpoints.Hosted.answer      Answer              text, finish, usage, log-probabilities; or RequestFailed
        engine.workers.WorkerPool.run  Outcome
      engine.session.Session.keep      StoredAnswer        into store.database.Store, with what it cost
    client.Client.ask                  Completion          read back from the store, in the order of the questions
    generation.parse.parse_reply       Generated           one for every usable line of the reply
"""

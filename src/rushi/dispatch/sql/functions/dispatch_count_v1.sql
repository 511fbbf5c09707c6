-- Keeps what a person's day counts when an assignment stops or starts again to count: a return gives the cap back;
-- a return, an expiry and a rejection free what a person without a real name may hold, an appeal won takes it again.
-- A trigger, so that no way of moving an assignment can forget it; claims themselves count in dispatch_claim.
CREATE FUNCTION dispatch_count_v1()
RETURNS trigger
LANGUAGE plpgsql
AS $$
BEGIN
  UPDATE dispatch_participantday d
     SET claims = d.claims - (NEW.status = 'returned')::integer,
         held_fen = d.held_fen
                    + CASE WHEN NEW.status IN ('returned', 'expired', 'rejected') THEN -NEW.reward_fen
                           ELSE NEW.reward_fen END
   WHERE d.participant_id = NEW.participant_id AND d.day = NEW.day;
  RETURN NULL;
END
$$;

CREATE TRIGGER dispatch_counted AFTER UPDATE OF status ON dispatch_assignment
  FOR EACH ROW
  WHEN ((OLD.status IN ('returned', 'expired', 'rejected')) <> (NEW.status IN ('returned', 'expired', 'rejected')))
  EXECUTE FUNCTION dispatch_count_v1();

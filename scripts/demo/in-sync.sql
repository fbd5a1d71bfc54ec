-- Once everything is committed, and every gateway has the revision that follows from it: they have all applied it.
UPDATE gateways SET applied_revision = desired_revision, applied_at = now(), last_sync_at = now(),
                    applied_etag = encode(sha256(id::text::bytea), 'hex');

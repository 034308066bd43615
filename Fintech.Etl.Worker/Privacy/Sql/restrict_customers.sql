-- What the policies no longer allow goes also where the source cannot be asked: from closed versions, and from customers whom
-- the source has no longer. What they newly ask for is not made up. The hyphen marks such rows: should the source have them
-- again, they are made anew.
update dw.dim_customer
set first_name = case substr(@privacy_policy, 1, 1)
                     when 'k' then first_name
                     when 'm' then case when privacy_policy like 'k%' then left(nullif(btrim(first_name), ''), 1) || '***' else first_name end
                 end,
    first_name_hash = case when substr(@privacy_policy, 1, 1) = 'h' then first_name_hash end,
    last_name_mask  = case when substr(@privacy_policy, 2, 1) = 'm' then last_name_mask end,
    last_name_hash  = case when substr(@privacy_policy, 2, 1) = 'h' then last_name_hash end,
    email_mask      = case when substr(@privacy_policy, 3, 1) = 'm' then email_mask end,
    email_hash      = case when substr(@privacy_policy, 3, 1) = 'h' then email_hash end,
    privacy_policy  = @privacy_policy || '-'
where privacy_policy not in (@privacy_policy, @privacy_policy || '-');
